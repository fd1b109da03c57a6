"""The MeshConfig inside of Istio's ConfigMap: ``istio``, key ``mesh``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from pymesh.resources._document import Document, Source
from pymesh.resources._schema import read_resource
from pymesh.resources._yaml import Constructor, Refused, compose
from pymesh.resources.istio.mesh_config import MeshConfigResource
from pymesh.resources.kubernetes import ConfigMap

if TYPE_CHECKING:
    from pymesh.errors import Place
    from pymesh.resources._document import Path
    from pymesh.resources.findings import Finding

__all__ = ["embedded_mesh_config"]

_NAME: Final = "istio"
_PATH: Final[Path] = ("data", "mesh")


class _Spot(Source):
    """A text of which only the place as a whole is known: its lines are not those of the file."""

    def __init__(self, text: str, spot: Place) -> None:
        super().__init__(spot.path, text)
        self._spot = spot

    def place(self, line: int, column: int) -> Place:
        """Where the text begins."""
        del line, column
        return self._spot


class _Embedded(Document):
    """A MeshConfig whose ``spec`` is the whole of a text."""

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """Where a field is; outside of ``spec`` it is where the text is."""
        return super().place(path[1:] if path[:1] == ("spec",) else (), key=key)


def embedded_mesh_config(outer: Document) -> tuple[Document | None, list[Finding]] | None:
    """The MeshConfig in a document, as a document of its own, and what is wrong with it.

    Args:
        outer: A document with a resource.

    Returns:
        None if it has none; no document if it cannot be read.
    """
    config = outer.resource
    if not isinstance(config, ConfigMap) or config.name != _NAME or "mesh" not in config.data:
        return None
    source = _source(outer, config.data["mesh"])
    tree: object = {}
    nulls = False
    try:
        for composed in compose(source.text)[:1]:
            constructor = Constructor(composed.nodes)
            tree, nulls = constructor.value(composed.root), constructor.nulls
            if constructor.problems:
                raise Refused(constructor.problems[0])
    except Refused as refused:
        problem = refused.problem
        place = source.place(problem.line, problem.column)
        finding = outer.finding(problem.code, "error", problem.message, _PATH, problem.hint)
        return None, [_at(finding, place)]
    inner = _Embedded(source, outer.index, 0, _resource(config, tree))
    inner.nulls = nulls
    inner.outer = outer
    return inner, list(read_resource(inner, MeshConfigResource))


def _resource(config: ConfigMap, tree: object) -> dict[str, object]:
    return {
        "apiVersion": f"{MeshConfigResource.GROUP}/{MeshConfigResource.VERSIONS[0]}",
        "kind": MeshConfigResource.KIND,
        "metadata": {"name": config.name, "namespace": config.namespace},
        "spec": tree,
    }


def _at(finding: Finding, place: Place) -> Finding:
    from msgspec.structs import replace

    return replace(finding, line=place.line, column=place.column)


def _source(outer: Document, text: str) -> Source:
    """Where the text stands: in a block scalar (``|``) its lines are lines of the file."""
    node = outer.node(_PATH)
    if not isinstance(node, yaml.ScalarNode) or node.style != "|":
        return _Spot(text, outer.place(_PATH))
    first = node.start_mark.line + 1
    lines = outer.source.text.split("\n")
    # Blank lines may come first in a block, with less indentation than it has.
    begin = next((line for line in lines[first : node.end_mark.line + 1] if line.strip(" \r")), "")
    indentation = len(begin) - len(begin.lstrip(" "))
    return Source(outer.file, text, outer.source.line + first, outer.source.column + indentation)
