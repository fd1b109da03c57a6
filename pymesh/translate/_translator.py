"""Keeps a translation up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymesh._collecting import collection_paused
from pymesh.translate._engine import Engine, Node
from pymesh.translate._families import roots as all_roots
from pymesh.translate._output import EMPTY, Collection, Root, Translation
from pymesh.translate._view import Unit, View

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from pymesh.resources import Resource, ResourceKey

__all__ = ["Translator"]


class Translator:
    """Translates resources again and again, at the cost of what changed.

    Args:
        roots: What to translate with; everything pymesh knows if not given.

    Example:
        >>> translator = Translator()
        >>> translator.update([]).documents.services
        ()
    """

    def __init__(self, roots: Iterable[Root] | None = None) -> None:
        self._engine = Engine()
        self._collection = Collection()
        self._families = [
            _Family(root, self._engine) for root in (all_roots() if roots is None else roots)
        ]

    def update(self, resources: Iterable[Resource]) -> Translation:
        """Translates, given all the resources; those that equal what was there cost a comparison.

        Args:
            resources: All resources; of two with one key the last counts.
        """
        with collection_paused():
            self._engine.replace(resources)
            return self._translate()

    def apply(
        self, changed: Iterable[Resource] = (), removed: Iterable[ResourceKey] = ()
    ) -> Translation:
        """Translates, given what changed.

        Args:
            changed: New resources and new versions of known ones.
            removed: Keys of resources that are gone; unknown ones are no error.
        """
        with collection_paused():
            self._engine.change(changed, removed)
            return self._translate()

    @property
    def runs(self) -> int:
        """How many units have run so far; for tests and measurements."""
        return self._engine.runs

    @property
    def size(self) -> int:
        """How many results and answers are kept; for tests and measurements."""
        return self._engine.size

    def _translate(self) -> Translation:
        for family in self._families:
            for owner in family.follow_keys():
                self._collection.put(owner, EMPTY)
        for node in self._engine.take_pending():
            for family in self._families:
                if node in family.owners:
                    self._engine.settle(node)
                    self._collection.put(family.owners[node], node.value)
        return self._collection.translation()


class _Family:
    """A root, and the nodes that it holds."""

    def __init__(self, root: Root, engine: Engine) -> None:
        self.root = root
        self.engine = engine
        self.keys: Unit[None, frozenset[Hashable]] = Unit(_frozen(root))
        self.nodes: dict[Hashable, Node] = {}
        self.owners: dict[Node, tuple[int, str, str]] = {}
        self.node = engine.hold(self.keys, None)

    def follow_keys(self) -> list[tuple[int, str, str]]:
        """Holds a node for each key of the root, and gives the owners that are gone."""
        self.engine.settle(self.node)
        keys: frozenset[Any] = self.node.value
        gone = []
        for key in [key for key in self.nodes if key not in keys]:
            node = self.nodes.pop(key)
            gone.append(self.owners.pop(node))
            self.engine.release(node)
        for key in keys:
            if key not in self.nodes:
                node = self.nodes[key] = self.engine.hold(self.root.unit, key)
                self.owners[node] = (-self.root.rank, self.root.name, repr(key))
        return gone


def _frozen(root: Root) -> Callable[[View, None], frozenset[Hashable]]:
    def keys(view: View, _: None) -> frozenset[Hashable]:
        return frozenset(root.keys(view))

    return keys
