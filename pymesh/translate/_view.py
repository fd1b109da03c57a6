"""What a unit sees of the resources: queries, each of which is recorded as read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from pymesh.resources import Mesh, Resource
from pymesh.resources.istio.mesh_config import MeshConfig, MeshConfigResource

if TYPE_CHECKING:
    from pymesh.translate._engine import Engine, Node

__all__ = ["Index", "Unit", "View", "age", "by_name", "by_namespace", "unit"]

KeyType = TypeVar("KeyType", bound=Hashable)
ValueType = TypeVar("ValueType")
ResourceType = TypeVar("ResourceType", bound=Resource)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def age(resource: Resource) -> tuple[datetime, str]:
    """What resources are sorted by, as in Istio: the oldest first, then by ``name.namespace``."""
    created = resource.metadata.creation_timestamp or _EPOCH
    return created, f"{resource.metadata.name}.{resource.namespace}"


class Index(Generic[ResourceType, KeyType]):
    """A way to find resources of one kind, kept up to date as they change.

    Args:
        kind: The kind.
        keys: The keys under which a resource is found; it depends on the resource alone.
    """

    __slots__ = ("keys", "kind")

    def __init__(
        self, kind: type[ResourceType], keys: Callable[[ResourceType], Iterable[KeyType]]
    ) -> None:
        self.kind = kind
        self.keys = keys


class Unit(Generic[KeyType, ValueType]):
    """A pure function of a view and a key, whose result is kept while what it read is the same.

    Its result is compared with ``==`` to the one before: if they are equal, nothing that read it
    runs again. It must not keep the view, change its result later, or ask for itself.
    """

    __slots__ = ("function", "name")

    def __init__(self, function: Callable[[View, KeyType], ValueType]) -> None:
        self.function = function
        self.name = f"{function.__module__}.{function.__qualname__}"

    def __call__(self, view: View, key: KeyType) -> ValueType:
        """The result for a key, computed only if it is not known."""
        return view.call(self, key)

    def __repr__(self) -> str:
        return f"<unit {self.name}>"


def unit(function: Callable[[View, KeyType], ValueType]) -> Unit[KeyType, ValueType]:
    """Decorator: makes a function of a view and a key a memoized :class:`Unit`."""
    return Unit(function)


@cache
def _all(kind: type[Resource]) -> Index[Resource, None]:
    return Index(kind, lambda _: (None,))


@cache
def _by_namespace(kind: type[Resource]) -> Index[Resource, str]:
    return Index(kind, lambda resource: (resource.namespace,))


@cache
def _by_name(kind: type[Resource]) -> Index[Resource, tuple[str, str]]:
    return Index(kind, lambda resource: ((resource.namespace, resource.metadata.name),))


def by_namespace(kind: type[ResourceType]) -> Index[ResourceType, str]:
    """The index of a kind by namespace."""
    return cast("Index[ResourceType, str]", _by_namespace(kind))


def by_name(kind: type[ResourceType]) -> Index[ResourceType, tuple[str, str]]:
    """The index of a kind by ``(namespace, name)``; the namespace of a kind without is empty."""
    return cast("Index[ResourceType, tuple[str, str]]", _by_name(kind))


class View:
    """The resources and the results of other units, as one run of a unit sees them.

    Every query is recorded, and the unit runs again only when the answer to one of them may have
    changed. So ask as narrowly as can be: :meth:`find` by an index of your own rather than
    :meth:`of`, :meth:`keys` where names suffice.
    """

    __slots__ = ("_engine", "_reader")

    def __init__(self, engine: Engine, reader: Node) -> None:
        self._engine = engine
        self._reader = reader

    def _read(self, node: Node) -> None:
        # At once: a source without observers could be forgotten before the reader has ended.
        self._reader.sources[node] = None
        node.observers.add(self._reader)

    def find(self, index: Index[ResourceType, KeyType], key: KeyType) -> tuple[ResourceType, ...]:
        """The resources that an index has under a key, the oldest first."""
        node = self._engine.input(index, key)
        self._read(node)
        return cast("tuple[ResourceType, ...]", node.value)

    def keys(self, index: Index[ResourceType, KeyType]) -> frozenset[KeyType]:
        """The keys under which an index has something."""
        node = self._engine.input_keys(index)
        self._read(node)
        return cast("frozenset[KeyType]", node.value)

    def call(self, unit: Unit[KeyType, ValueType], key: KeyType) -> ValueType:
        """The result of a unit for a key."""
        node = self._engine.current(unit, key)
        self._read(node)
        return cast("ValueType", node.value)

    def get(self, kind: type[ResourceType], namespace: str, name: str) -> ResourceType | None:
        """One resource, or None."""
        found = self.find(by_name(kind), (namespace if kind.NAMESPACED else "", name))
        return found[0] if found else None

    def of(self, kind: type[ResourceType]) -> tuple[ResourceType, ...]:
        """All resources of a kind, the oldest first."""
        return cast("tuple[ResourceType, ...]", self.find(_all(kind), None))

    def in_namespace(self, kind: type[ResourceType], namespace: str) -> tuple[ResourceType, ...]:
        """The resources of a kind in a namespace, the oldest first."""
        return self.find(by_namespace(kind), namespace)

    @property
    def config(self) -> MeshConfig:
        """MeshConfig; Istio's defaults if there is none."""
        return self.call(_config, None)


@unit
def _config(view: View, _: None) -> MeshConfig:
    return Mesh(view.of(MeshConfigResource)).config
