"""Runs units, remembers their results and what they read, and reruns what a change concerns.

A change marks what read it as dirty and everything above as to be checked. A result is brought
up to date when it is asked for: its sources first, in the order in which they were read, and it
itself only if one of those really changed. So a change costs what depends on it, and stops where
a result stays equal.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from pymesh.translate._view import Index, Unit, View, age

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from pymesh.resources import Resource, ResourceKey

__all__ = ["Engine", "Node"]


class State(IntEnum):
    """How far a result can be trusted."""

    CLEAN = 0
    CHECK = 1  # something below may have changed
    DIRTY = 2  # something that it read has changed
    RUNNING = 3


CLEAN, CHECK, DIRTY, RUNNING = State


class Node:
    """A result, or an answer from the resources, and who has read it.

    Args:
        name: By which the engine finds it: a unit or an index, and a key.
        value: The result.
        state: How far it can be trusted.
    """

    __slots__ = ("held", "name", "observers", "sources", "state", "value")

    def __init__(self, name: tuple[Any, Hashable], value: object, state: State) -> None:
        self.name = name
        self.value: Any = value
        self.state = state
        self.sources: dict[Node, None] = {}
        self.observers: set[Node] = set()
        self.held = False


class Table:
    """An index over the current resources."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: dict[Hashable, dict[ResourceKey, Resource]] = {}


class Engine:
    """The resources and all that has been computed from them."""

    def __init__(self) -> None:
        self._resources: dict[ResourceKey, Resource] = {}
        self._tables: dict[Index[Any, Any], Table] = {}
        self._indexes: dict[type[Resource], list[Index[Any, Any]]] = {}
        self._nodes: dict[tuple[Any, Hashable], Node] = {}
        self._pending: dict[Node, None] = {}
        self.runs = 0
        """How often a unit has run; for tests and measurements."""

    @property
    def size(self) -> int:
        """How many results and answers are kept."""
        return len(self._nodes)

    # Resources

    def replace(self, resources: Iterable[Resource]) -> None:
        """Makes these all the resources; those equal to before count as unchanged."""
        new = {resource.key: resource for resource in resources}
        gone = [key for key in self._resources if key not in new]
        self.change(new.values(), gone)

    def change(self, changed: Iterable[Resource], removed: Iterable[ResourceKey]) -> None:
        """Adds or replaces some resources and removes others; unknown ones are no error."""
        for resource in changed:
            key = resource.key
            old = self._resources.get(key)
            if old is resource or old == resource:
                continue
            self._resources[key] = resource
            self._reindex(key, old, resource)
        for key in removed:
            old = self._resources.pop(key, None)
            if old is not None:
                self._reindex(key, old, None)

    def _reindex(self, key: ResourceKey, old: Resource | None, new: Resource | None) -> None:
        kind = type(old) if old is not None else type(new)
        for index in self._indexes.get(kind, ()):  # type: ignore[arg-type]
            rows = self._tables[index].rows
            before = set(index.keys(old)) if old is not None else set()
            after = set(index.keys(new)) if new is not None else set()
            keys_changed = False
            for row in before - after:
                del rows[row][key]
                if not rows[row]:
                    del rows[row]
                    keys_changed = True
            for row in after:
                if row not in rows:
                    keys_changed = True
                assert new is not None  # noqa: S101 - `after` would be empty
                rows.setdefault(row, {})[key] = new
            for row in before | after:
                self._changed((index, (row,)))
            if keys_changed:
                self._changed((index, None))

    def _changed(self, name: tuple[Any, Hashable]) -> None:
        node = self._nodes.get(name)
        if node is not None:
            node.state = DIRTY
            self._mark(node)

    def _mark(self, changed: Node) -> None:
        for observer in changed.observers:
            observer.state = DIRTY
        waiting = list(changed.observers)
        while waiting:
            node = waiting.pop()
            if node.held:
                self._pending[node] = None
            for observer in node.observers:
                if observer.state is CLEAN:
                    observer.state = CHECK
                    waiting.append(observer)

    def _table(self, index: Index[Any, Any]) -> Table:
        table = self._tables.get(index)
        if table is None:
            table = self._tables[index] = Table()
            self._indexes.setdefault(index.kind, []).append(index)
            for key, resource in self._resources.items():
                if type(resource) is index.kind:
                    for row in index.keys(resource):
                        table.rows.setdefault(row, {})[key] = resource
        return table

    def input(self, index: Index[Any, Any], key: Hashable) -> Node:
        """The resources of an index under a key, up to date."""
        name = (index, (key,))
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = Node(name, (), DIRTY)
        if node.state is not CLEAN:
            found = self._table(index).rows.get(key)
            node.value = tuple(sorted(found.values(), key=age)) if found else ()
            node.state = CLEAN
        return node

    def input_keys(self, index: Index[Any, Any]) -> Node:
        """The keys of an index, up to date."""
        name = (index, None)
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = Node(name, frozenset(), DIRTY)
        if node.state is not CLEAN:
            node.value = frozenset(self._table(index).rows)
            node.state = CLEAN
        return node

    # Results

    def current(self, unit: Unit[Any, Any], key: Hashable) -> Node:
        """The result of a unit for a key, up to date.

        Raises:
            RuntimeError: If the unit asks for itself.
        """
        name = (unit, key)
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = Node(name, None, DIRTY)
        if node.state is not CLEAN:
            self._bring_up_to_date(node)
        return node

    def _bring_up_to_date(self, node: Node) -> None:
        if node.state is RUNNING:
            unit, key = node.name
            raise RuntimeError(f"{unit} asks for itself, for {key!r}")
        if node.state is CHECK:
            for source in node.sources:
                if source.state is not CLEAN and isinstance(source.name[0], Unit):
                    self._bring_up_to_date(source)
                if node.state is DIRTY:
                    break
            else:
                node.state = CLEAN
        if node.state is DIRTY:
            self._run(node)

    def _run(self, node: Node) -> None:
        unit, key = node.name
        before = node.sources
        node.sources = {}
        node.state = RUNNING
        try:
            value = unit.function(View(self, node), key)
        except BaseException:
            node.state = DIRTY
            node.sources |= before
            raise
        self.runs += 1
        node.state = CLEAN
        for source in before:
            if source not in node.sources:
                source.observers.discard(node)
                self._drop_if_unread(source)
        if value != node.value:
            node.value = value
            for observer in node.observers:
                if observer.state is not RUNNING:
                    observer.state = DIRTY

    def hold(self, unit: Unit[Any, Any], key: Hashable) -> Node:
        """Keeps a result that no unit reads, and reports it as pending when it may change."""
        node = self._nodes.get((unit, key))
        if node is None:
            node = self._nodes[unit, key] = Node((unit, key), None, DIRTY)
        node.held = True
        self._pending[node] = None
        return node

    def release(self, node: Node) -> None:
        """Ends :meth:`hold`."""
        node.held = False
        self._pending.pop(node, None)
        self._drop_if_unread(node)

    def take_pending(self) -> list[Node]:
        """The held results that may have changed since they were last taken, not yet up to date.

        They stay pending until each is brought up to date by :meth:`settle`.
        """
        return list(self._pending)

    def settle(self, node: Node) -> None:
        """Brings a pending result up to date."""
        if node.state is not CLEAN:
            self._bring_up_to_date(node)
        self._pending.pop(node, None)

    def _drop_if_unread(self, node: Node) -> None:
        """Forgets results that nobody reads any more, so that memory follows the resources."""
        unread = [node]
        while unread:
            node = unread.pop()
            if node.observers or node.held or node.state is RUNNING:
                continue
            if self._nodes.pop(node.name, None) is None:
                continue
            for source in node.sources:
                source.observers.discard(node)
                unread.append(source)
