"""What every typed resource is made of: strict, frozen models whose fields are named as in YAML.

The attribute of a field is its YAML name in snake case (``export_to`` is ``exportTo``); a
trailing underscore keeps a Python keyword apart (``from_`` is ``from``). Types are strict: a
string is never taken for a number. Only a list may stand for a tuple, since YAML has no tuples.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from pymesh.resources._duration import Duration
from pymesh.resources.findings import ResourceRef

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = [
    "Duration",
    "Ignored",
    "Metadata",
    "Model",
    "NotYet",
    "ProjectedResource",
    "Projection",
    "Resource",
    "ResourceKey",
    "register",
    "registered",
    "yaml_name",
]


def yaml_name(attribute: str) -> str:
    """The YAML name of an attribute.

    Example:
        >>> yaml_name("export_to"), yaml_name("from_")
        ('exportTo', 'from')
    """
    return to_camel(attribute.removesuffix("_"))


class NotYet(NamedTuple):
    """Marks a field that is read and checked, and that nothing acts on yet.

    Setting it is a finding ``not-acted-on``: a warning, or an error in a security resource,
    where a condition that is not evaluated would be a hole.

    Example:
        ``fault: Annotated[Fault | None, NotYet("fault injection")] = None``

    Args:
        what: What does not happen, as a noun phrase.
        values: Only these values are meant; empty means every value but the default.
    """

    what: str
    values: tuple[object, ...] = ()


class Ignored(NamedTuple):
    """Marks a field that has no effect by design; setting it is an info finding ``no-effect``.

    Args:
        why: The reason, such as ``deprecated: use mirrors``.
    """

    why: str


class Model(BaseModel):
    """A part of a resource. Unknown fields are refused; instances are frozen."""

    model_config = ConfigDict(
        alias_generator=yaml_name,
        defer_build=True,  # a run meets few of the kinds, and building one takes milliseconds
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        strict=True,
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """The usual schema, in which a list may stand for a tuple although the rest is strict."""
        schema = handler(source)
        _relax(schema)
        return schema


def _relax(schema: object) -> None:
    """Lets lists be tuples in one model's own schema; those of its parts have done so."""
    if isinstance(schema, dict):
        if schema.get("type") == "tuple":
            schema["strict"] = False
        for value in schema.values():
            if isinstance(value, (dict, list)):
                _relax(value)
    elif isinstance(schema, list):
        for value in schema:
            _relax(value)


class Projection(Model):
    """A part of a Kubernetes core kind, of which we read what we need and ignore the rest."""

    model_config = ConfigDict(extra="ignore")


def _instant(value: object) -> object:
    """RFC 3339, as the Kubernetes API server writes it."""
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("timestamp", "is not an RFC 3339 time") from None
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return value


class Metadata(Projection):
    """``ObjectMeta``: what we read of it.

    Args:
        name: The name.
        namespace: The namespace; ``default`` if it is not given.
        labels: Labels.
        annotations: Annotations.
        creation_timestamp: When it was created; absent in files, mostly.
        generation: The version of its spec, which a condition refers to; 0 if not known.
    """

    name: Annotated[str, Field(min_length=1, max_length=253)]
    namespace: Annotated[str, Field(max_length=63)] = "default"
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    creation_timestamp: Annotated[datetime | None, BeforeValidator(_instant)] = None
    generation: int = 0


class ResourceKey(NamedTuple):
    """Identifies a resource; both ``Gateway`` kinds differ by their group."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}"


class Resource(Model):
    """One of the user's resources; a subclass adds ``spec`` and is registered.

    Args:
        api_version: ``group/version`` as it was written.
        kind: The kind.
        metadata: Name, namespace, labels and annotations.
        status: Accepted and not read.
    """

    KIND: ClassVar[str]
    GROUP: ClassVar[str]
    """The API group; empty for Kubernetes' core."""
    VERSIONS: ClassVar[tuple[str, ...]]
    NAMESPACED: ClassVar[bool] = True
    SECURITY: ClassVar[bool] = False
    """Whether a field that is not acted on is an error, since ignoring it could allow too much."""
    NULLS: ClassVar[bool] = False
    """Whether an explicit null is a value of its own; API servers refuse it elsewhere."""

    api_version: str
    kind: str
    metadata: Metadata
    status: Annotated[Any, Field(repr=False)] = None

    @property
    def key(self) -> ResourceKey:
        """What identifies it."""
        return ResourceKey(self.GROUP, self.KIND, self.namespace, self.metadata.name)

    @property
    def ref(self) -> ResourceRef:
        """How a finding names it."""
        return ResourceRef(self.KIND, self.namespace, self.metadata.name)

    @property
    def name(self) -> str:
        """Its name."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """Its namespace; empty for a kind that has none."""
        return self.metadata.namespace if self.NAMESPACED else ""


class ProjectedResource(Resource):
    """A Kubernetes core kind, of which we read what we need and ignore the rest."""

    model_config = ConfigDict(extra="ignore")


_registry: dict[tuple[str, str], type[Resource]] = {}
AnyResource = TypeVar("AnyResource", bound=type[Resource])


def register(cls: AnyResource) -> AnyResource:
    """Class decorator: makes a kind known to the readers of files.

    Raises:
        ValueError: If another class has the same group and kind.
    """
    key = (cls.GROUP, cls.KIND)
    if _registry.setdefault(key, cls) is not cls:
        raise ValueError(f"two classes for {key}")
    return cls


def registered() -> dict[tuple[str, str], type[Resource]]:
    """Every registered class by group and kind; those whose modules have been imported."""
    return dict(_registry)
