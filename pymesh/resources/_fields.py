"""What a model says about its fields: their names in YAML, and which are not acted on."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from pymesh.resources._base import Ignored, NotYet, yaml_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources._document import Path

__all__ = ["METADATA_FIELDS", "Marked", "fields_at", "fields_of", "marked", "models_in"]

METADATA_FIELDS: Final = frozenset(
    "name generateName namespace labels annotations creationTimestamp deletionTimestamp "
    "deletionGracePeriodSeconds finalizers generation managedFields ownerReferences "
    "resourceVersion selfLink uid clusterName".split()
)
"""``ObjectMeta`` (Kubernetes API, ``meta/v1``)."""


def fields_of(model: type[BaseModel]) -> dict[str, str]:
    """The YAML names of a model's fields, each with its attribute."""
    return {
        field.alias or yaml_name(attribute): attribute
        for attribute, field in model.model_fields.items()
    }


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401
    """The models of an annotation, inside unions, tuples, lists and mappings, too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from models_in(get_args(annotation)[0])
    elif origin in {UnionType, Union, tuple, list, dict}:
        for argument in get_args(annotation):
            yield from models_in(argument)


def fields_at(model: type[BaseModel], path: Path) -> set[str] | None:
    """The YAML names that are known in the part of a resource that a path leads to.

    Returns:
        None where any name may stand, in a mapping.
    """
    here: list[Any] = [model]
    for step in path:
        here = [inner for one in here for inner in _below(one, step)]
    if any(get_origin(one) is dict or one is Any for one in here):
        return None
    return {name for one in here if _is_model(one) for name in fields_of(one)}


def _below(annotation: Any, step: str | int) -> Iterator[Any]:  # noqa: ANN401
    """The types that a field or an item of a value of a type may have."""
    origin = get_origin(annotation)
    if isinstance(step, int):
        if origin in {tuple, list}:
            yield from _members(get_args(annotation)[0])
    elif origin is dict:
        yield from _members(get_args(annotation)[1])
    elif _is_model(annotation):
        attribute = fields_of(annotation).get(step)
        if attribute is not None:
            yield from _members(annotation.model_fields[attribute].annotation)


def _members(annotation: Any) -> Iterator[Any]:  # noqa: ANN401
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {UnionType, Union}:
        for argument in get_args(annotation):
            yield from _members(argument)
    else:
        yield annotation


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


class Marked(NamedTuple):
    """A field that is set and has a mark.

    Args:
        path: Where it is.
        mark: The mark.
        value: Its value.
    """

    path: Path
    mark: NotYet | Ignored
    value: object


class _Step(NamedTuple):
    """A field that has a mark or leads to one."""

    attribute: str
    name: str
    mark: NotYet | Ignored | None
    default: object
    inner: bool


def marked(value: object, path: Path = ()) -> Iterator[Marked]:
    """The fields of a resource that have a mark and a value other than their default."""
    if isinstance(value, BaseModel):
        for step in _steps(type(value)):
            inner = getattr(value, step.attribute)
            if inner is None or inner == step.default:
                continue
            here = (*path, step.name)
            mark = step.mark
            if mark is not None and _is_meant(mark, inner):
                yield Marked(here, mark, inner)
            elif step.inner:
                yield from marked(inner, here)
    elif isinstance(value, (tuple, list)):
        for number, item in enumerate(value):
            yield from marked(item, (*path, number))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from marked(item, (*path, name))


def _is_meant(mark: NotYet | Ignored, value: object) -> bool:
    return isinstance(mark, Ignored) or not mark.values or value in mark.values


@cache
def _steps(model: type[BaseModel]) -> tuple[_Step, ...]:
    """The fields of a model that a search for marks has to look at, worked out once."""
    steps = []
    for name, attribute in fields_of(model).items():
        field = model.model_fields[attribute]
        mark = next((one for one in field.metadata if isinstance(one, (NotYet, Ignored))), None)
        leads = any(_has_marks(inner) for inner in models_in(field.annotation))
        if mark is not None or leads:
            default = None if field.is_required() else field.get_default(call_default_factory=True)
            steps.append(_Step(attribute, name, mark, default, leads))
    return tuple(steps)


@cache
def _has_marks(model: type[BaseModel]) -> bool:
    """Whether a model, or one that it leads to, has a field with a mark."""
    seen, waiting = {model}, [model]
    while waiting:
        for field in waiting.pop().model_fields.values():
            if any(isinstance(one, (NotYet, Ignored)) for one in field.metadata):
                return True
            new = set(models_in(field.annotation)) - seen
            seen |= new
            waiting += new
    return False
