"""YAML to plain trees, within bounds of time and memory whatever the text is.

PyYAML's C parser composes nodes with their marks. The values are made here: as Kubernetes reads
them, with duplicate keys refused, and with a budget for what aliases may multiply. The nodes are
thrown away; a place is looked up by composing the one document again, since most files have
nothing to say about places.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import yaml
from yaml._yaml import CParser

from pymesh.resources._limits import ALIAS_NODES, DEPTH, DOCUMENT_NODES
from pymesh.resources._scalars import EMPTY, plain, shortened, tagged

__all__ = ["Composed", "Constructor", "Problem", "Refused", "compose"]

_PLAIN: Final = "plain"
_QUOTED: Final = "quoted"
_COLLECTION: Final = "collection"
_COLLECTIONS: Final = (_COLLECTION, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_MULTIPLIED: Final = f"aliases and merge keys add more than {ALIAS_NODES:,} values"
_CYCLE: Final = f"aliases lead back to themselves, or nest deeper than {DEPTH} levels"


class Problem(NamedTuple):
    """What is wrong with a text.

    Args:
        code: The finding's code.
        message: What is wrong.
        line: Line within the text, counted from 0.
        column: Column, counted from 0.
        hint: What to do.
    """

    code: str
    message: str
    line: int
    column: int
    hint: str = ""


class Refused(Exception):  # noqa: N818 - a verdict about a text, not a failure of the reader
    """The text cannot be read any further."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Composed(NamedTuple):
    """A node tree, and how many nodes it has."""

    root: yaml.Node
    nodes: int


class _Composer(CParser):
    """The C parser, stopped where nesting or the number of nodes passes its bound.

    The parser composes recursively in C, so the bound has to be inside of it; it calls these
    for every node.
    """

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        self.depth = 0
        self.nodes = 0
        self.parent: yaml.Node | None = None

    def descend_resolver(self, parent: yaml.Node | None, index: object) -> None:
        """Called before a node is composed."""
        del index
        self.parent = parent
        self.depth += 1
        self.nodes += 1
        if self.depth > DEPTH + 1 or self.nodes > DOCUMENT_NODES:
            raise _TooMuch

    def ascend_resolver(self) -> None:
        """Called after it."""
        self.depth -= 1

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: object) -> str:
        """The tag of a node that has none: how it was written."""
        del value
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _QUOTED  # type: ignore[index]
        return _COLLECTION


class _TooMuch(Exception):  # noqa: N818
    pass


def compose(text: str) -> list[Composed]:
    """The documents of a text as nodes; empty ones are left out.

    Raises:
        Refused: A syntax error, too deep, or too many nodes.
    """
    composer = _Composer(text)
    found: list[Composed] = []
    try:
        while composer.check_node():
            composer.depth = composer.nodes = 0
            root = composer.get_node()
            if root is not None and not _is_empty(root):
                found.append(Composed(root, composer.nodes))
    except _TooMuch:
        raise Refused(_too_much(composer)) from None
    except yaml.MarkedYAMLError as error:
        raise Refused(_syntax(error, text)) from None
    except yaml.YAMLError as error:
        raise Refused(Problem("yaml-syntax", f"{error}".partition("\n")[0], 0, 0)) from None
    finally:
        composer.dispose()
    return found


def _is_empty(root: yaml.Node) -> bool:
    return isinstance(root, yaml.ScalarNode) and root.tag == _PLAIN and root.value in EMPTY


def _too_much(composer: _Composer) -> Problem:
    mark = composer.parent.start_mark if composer.parent else None
    place = (mark.line, mark.column) if mark else (0, 0)
    if composer.nodes > DOCUMENT_NODES:
        message = f"the document has more than {DOCUMENT_NODES:,} values"
        return Problem("yaml-too-large", message, *place)
    return Problem("yaml-too-deep", f"it is nested deeper than {DEPTH} levels", *place)


def _syntax(error: yaml.MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = " ".join(part for part in (error.problem, error.context) if part) or "syntax error"
    if mark is None:
        return Problem("yaml-syntax", message, 0, 0)
    if not text[mark.index :].strip():
        # The end of the document is where it is noticed; its last line is where to look.
        rest = text.rstrip()
        line = rest.rpartition("\n")[2]
        return Problem("yaml-syntax", message, rest.count("\n"), max(len(line) - 1, 0))
    hint = "indent with spaces" if text[mark.index : mark.index + 1] == "\t" else ""
    return Problem("yaml-syntax", message, mark.line, mark.column, hint)


class Constructor:
    """Makes one document's values.

    Args:
        nodes: How many nodes the document has.
    """

    def __init__(self, nodes: int) -> None:
        self.problems: list[Problem] = []
        self.nulls = False
        self._left = nodes + ALIAS_NODES
        self._depth = 0

    def value(self, node: yaml.Node) -> Any:  # noqa: ANN401 - whatever JSON can say
        """The value of a node.

        Raises:
            Refused: If aliases multiply it beyond bounds, or lead back into it.
        """
        self._left -= 1
        if self._left < 0:
            raise Refused(_problem(node, "yaml-aliases", _MULTIPLIED))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if self._depth >= DEPTH:
            # Nesting as such has been bounded before, so an alias leads here.
            raise Refused(_problem(node, "yaml-aliases", _CYCLE))
        if node.tag not in _COLLECTIONS:
            self._note(node, "yaml-value", f"the tag {shortened(node.tag)} has no meaning here")
        self._depth += 1
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item) for item in node.value]
            return self._mapping(node.value)
        finally:
            self._depth -= 1

    def _scalar(self, node: yaml.ScalarNode) -> Any:  # noqa: ANN401
        tag = node.tag
        if tag == _QUOTED:
            return node.value
        try:
            value = plain(node.value) if tag == _PLAIN else tagged(tag, node.value)
        except ValueError as error:
            self._note(node, "yaml-value", str(error))
            return node.value
        if value is None:
            self.nulls = True
        return value

    def _mapping(self, pairs: list[tuple[yaml.Node, yaml.Node]]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for key, value in pairs:
            if not isinstance(key, yaml.ScalarNode):
                self._note(key, "yaml-value", "a key has to be text")
                continue
            self._left -= 1
            name = key.value
            if name == "<<" and key.tag == _PLAIN:
                merged += self._merged(value)
            elif name in values:
                self._note(key, "yaml-duplicate-key", f"the key {shortened(name)} is given twice")
            else:
                values[name] = self.value(value)
        for other in merged:
            for name, value in other.items():
                values.setdefault(name, value)
        return values

    def _merged(self, node: yaml.Node) -> list[dict[str, Any]]:
        value = self.value(node)
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            self._note(node, "yaml-value", "a merge key (<<) takes a mapping, or a list of them")
            return []
        return parts

    def _note(self, node: yaml.Node, code: str, message: str) -> None:
        self.problems.append(_problem(node, code, message))


def _problem(node: yaml.Node, code: str, message: str) -> Problem:
    mark = node.start_mark
    return Problem(code, message, mark.line, mark.column)
