"""The lists of values in a policy's rules, and where each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources._base import Model
    from pymesh.resources.istio.authorization_policy import (
        AuthorizationPolicy,
        Condition,
        Operation,
        Rule,
        Source,
    )
    from pymesh.validate._rules import Path


class Values(NamedTuple):
    """One list of a source, operation or condition, and where it is.

    Args:
        field: The attribute, such as `not_principals`.
        values: The values; empty if the list is not given.
        path: The list by its YAML names.
    """

    field: str
    values: tuple[str, ...]
    path: Path


def lists_of(part: Model, path: Path) -> Iterator[Values]:
    """Every list of values that is given in a part of a rule."""
    for attribute, field in type(part).model_fields.items():
        values = getattr(part, attribute)
        if isinstance(values, tuple):
            yield Values(attribute, values, (*path, field.alias or attribute))


def sources_of(policy: AuthorizationPolicy) -> Iterator[tuple[Source, Path]]:
    """Every source that a policy's rules give, and where."""
    for number, rule in enumerate(policy.spec.rules or ()):
        yield from _sources(rule, ("spec", "rules", number))


def operations_of(policy: AuthorizationPolicy) -> Iterator[tuple[Operation, Path]]:
    """Every operation that a policy's rules give, and where."""
    for number, rule in enumerate(policy.spec.rules or ()):
        yield from _operations(rule, ("spec", "rules", number))


def lists_of_rule(rule: Rule, path: Path) -> Iterator[Values]:
    """Every list of values in the sources and operations of a rule."""
    for source, place in _sources(rule, path):
        yield from lists_of(source, place)
    for operation, place in _operations(rule, path):
        yield from lists_of(operation, place)


def _sources(rule: Rule, path: Path) -> Iterator[tuple[Source, Path]]:
    for index, alternative in enumerate(rule.from_ or ()):
        if alternative.source is not None:
            yield alternative.source, (*path, "from", index, "source")


def _operations(rule: Rule, path: Path) -> Iterator[tuple[Operation, Path]]:
    for index, alternative in enumerate(rule.to or ()):
        if alternative.operation is not None:
            yield alternative.operation, (*path, "to", index, "operation")


def conditions_of(policy: AuthorizationPolicy) -> Iterator[tuple[Condition, Path]]:
    """Every condition of a policy's rules, and where."""
    for number, rule in enumerate(policy.spec.rules or ()):
        for index, condition in enumerate(rule.when or ()):
            yield condition, ("spec", "rules", number, "when", index)
