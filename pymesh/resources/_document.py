"""A document of a file: its tree, and where in the file each of its fields is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from pymesh.errors import Place
from pymesh.resources._yaml import Refused, compose
from pymesh.resources.findings import Finding, ResourceRef, Severity

if TYPE_CHECKING:
    from pymesh.resources._base import Resource

__all__ = ["Document", "Path", "Source", "one_line", "path_text"]

Path = tuple[str | int, ...]
_LONGEST: Final = 1000
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class Source:
    """A stretch of a file that holds documents.

    Args:
        file: The file as the user named it.
        text: The stretch.
        line: How many lines of the file come before it.
        column: How many columns of its every line are not part of it.
    """

    def __init__(self, file: str, text: str, line: int = 0, column: int = 0) -> None:
        self.file = file
        self.text = text
        self.line = line
        self.column = column
        self._lines: list[str] | None = None
        self._roots: list[yaml.Node] | None = None

    def place(self, line: int, column: int) -> Place:
        """The place in the file of a line and column of the text, both counted from 0."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        text = self._lines[line].rstrip("\r") if line < len(self._lines) else ""
        return Place(
            self.file, self.line + line + 1, self.column + column + 1, " " * self.column + text
        )

    def roots(self) -> list[yaml.Node]:
        """The documents' nodes, composed when the first place is asked for."""
        if self._roots is None:
            try:
                # Halves of a pair are no characters in YAML; another one is as wide.
                text = _HALF.sub(r"\\u0041", self.text)
                self._roots = [composed.root for composed in compose(text)]
            except Refused:  # JSON that is not quite YAML
                self._roots = []
        return self._roots


class Document:
    """One document, or one item of a ``List``.

    Args:
        source: Where it stands.
        index: Its number in the file, counted from 0 without empty documents.
        number: Its number in the source.
        tree: Its values as JSON has them.
        prefix: The path of the document in the source's tree, for an item of a list.
    """

    def __init__(
        self,
        source: Source,
        index: int,
        number: int,
        tree: Any,  # noqa: ANN401 - whatever JSON can say
        prefix: Path = (),
    ) -> None:
        self.source = source
        self.index = index
        self.number = number
        self.tree = tree
        self.prefix = prefix
        self.kind: type[Resource] | None = None
        """The class of its kind, if the kind is known."""
        self.resource: Resource | None = None
        """The typed resource, if the document is a valid one of a known kind."""
        self.valid = True
        """Whether there is no error in it."""
        self.nulls = False
        """Whether a value in it may be null."""
        self.outer: Document | None = None
        """The document that this one is embedded in, as MeshConfig is in a ConfigMap."""

    @property
    def file(self) -> str:
        """The file as the user named it."""
        return self.source.file

    @property
    def ref(self) -> ResourceRef | None:
        """What it says it is, as far as it says so in text."""
        if self.resource is not None:
            return self.resource.ref
        tree = self.tree
        if not isinstance(tree, dict) or not isinstance(tree.get("kind"), str):
            return None
        metadata = tree.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        name, namespace = metadata.get("name"), metadata.get("namespace", "default")
        if self.kind is not None and not self.kind.NAMESPACED:
            namespace = ""
        return ResourceRef(
            tree["kind"],
            namespace if isinstance(namespace, str) else "",
            name if isinstance(name, str) else "",
        )

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """Where a field is in the file.

        A scalar is where its value is, a list or mapping where its key is, an item of a list
        where it begins. What is missing is where the nearest part around it is.

        Args:
            path: The field, by its YAML names.
            key: Whether the field's name is meant, even if its value is a scalar.
        """
        roots = self.source.roots()
        if self.number >= len(roots):
            return self.source.place(0, 0)
        node = found = roots[self.number]
        for step in (*self.prefix, *path):
            pair = _child(node, step)
            if pair is None:
                break
            name, node = pair
            found = name if name is not None and (key or _is_collection(node)) else node
        mark = found.start_mark
        return self.source.place(mark.line, mark.column)

    def node(self, path: Path) -> yaml.Node | None:
        """The node of a field, or None if it is not there."""
        roots = self.source.roots()
        node = roots[self.number] if self.number < len(roots) else None
        for step in (*self.prefix, *path):
            pair = _child(node, step) if node is not None else None
            node = pair[1] if pair else None
        return node

    def finding(
        self,
        code: str,
        severity: Severity,
        message: str,
        path: Path = (),
        hint: str = "",
        *,
        key: bool = False,
    ) -> Finding:
        """A finding about one of its fields; an error makes it invalid.

        Args:
            code: The code.
            severity: The severity.
            message: What is wrong.
            path: The field, by its YAML names.
            hint: What to do about it.
            key: Whether the field's name is to blame rather than its value.
        """
        if severity == "error":
            self.valid = False
            if self.outer is not None:
                self.outer.valid = False
        place = self.place(path, key=key)
        text = path_text(path)
        message, hint = one_line(message), one_line(hint)
        return Finding(
            code, severity, message, hint, self.ref, text, place.path, place.line, place.column
        )


def path_text(path: Path) -> str:
    """A path as findings show it.

    Example:
        >>> path_text(("spec", "http", 0, "match")), path_text(("labels", "a.b/c"))
        ('spec.http[0].match', 'labels["a.b/c"]')
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("_", "").replace("-", "").isalnum():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def one_line(text: str) -> str:
    """A message as one line that can be read, whatever values it quotes."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _is_collection(node: yaml.Node) -> bool:
    return not isinstance(node, yaml.ScalarNode)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    """The key, if there is one, and the value of a field or item."""
    if isinstance(node, yaml.SequenceNode):
        if isinstance(step, int) and step < len(node.value):
            return None, node.value[step]
    elif isinstance(node, yaml.MappingNode):
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.value == step:
                return key, value
            if key.value == "<<":
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        for other in merged:
            pair = _child(other, step)
            if pair is not None:
                return pair
    return None
