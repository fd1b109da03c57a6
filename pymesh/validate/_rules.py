"""How a rule is written and registered, and the codes of what it finds.

A rule of one resource is a function from the resource to issues; a rule of the mesh looks at all
of them, for references. Each names the codes that it may give, with their documentation.

Example:
    ::

        ZERO = Code("weight-sum-zero", "error", "All weights are 0.", "Give one a share.")

        @rule(VirtualService, codes=[ZERO])
        def check_weights(resource: VirtualService) -> Iterator[Issue]:
            ...
            yield Issue("weight-sum-zero", "all weights are 0", ("spec", "http", 0, "route"))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pymesh.resources._base import Resource
    from pymesh.resources.findings import Severity
    from pymesh.resources.mesh import Mesh

    MeshRule = Callable[[Mesh], Iterable["Issue"]]
    ResourceRule = Callable[[Any], Iterable["Issue"]]

__all__ = ["Code", "Issue", "codes", "define", "mesh_rule", "mesh_rules", "rule", "rules_of"]

Path = tuple[str | int, ...]


class Code(NamedTuple):
    """A kind of finding, as ``docs/findings.md`` shows it.

    Args:
        code: Stable, unique in the project, in kebab-case.
        severity: What it is unless an issue says otherwise.
        meaning: What it means and why it matters, in full sentences (Markdown).
        remedy: What to do about it, in full sentences (Markdown).
    """

    code: str
    severity: Severity
    meaning: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Issue:
    """What a rule found.

    Args:
        code: One of the rule's codes.
        message: What is wrong, in one line.
        path: The field by its YAML names: ``("spec", "http", 0, "route")``; a field that is
            missing may be named, the place is then that of what should hold it.
        hint: What to do about it, in one line.
        severity: Overrides the code's.
        resource: Which resource; required in a rule of the mesh, implied in one of a resource.
    """

    code: str
    message: str
    path: Path = ()
    hint: str = ""
    severity: Severity | None = None
    resource: Resource | None = None


_codes: dict[str, Code] = {}
_rules: dict[type[Resource], list[ResourceRule]] = {}
_mesh_rules: list[MeshRule] = []

AnyRule = TypeVar("AnyRule", bound="Callable[[Any], Iterator[Issue]]")


def define(*known: Code) -> None:
    """Makes codes known; more than one rule may name the same one.

    Raises:
        ValueError: If two codes of one name differ.
    """
    for code in known:
        if _codes.setdefault(code.code, code) != code:
            raise ValueError(f"two meanings for {code.code}")


def rule(kind: type[Resource], *, codes: Sequence[Code]) -> Callable[[AnyRule], AnyRule]:
    """Decorator: a rule that looks at one resource of a kind at a time.

    Args:
        kind: The class of the resource.
        codes: What it may find.
    """
    define(*codes)

    def registered(function: AnyRule) -> AnyRule:
        _rules.setdefault(kind, []).append(function)
        return function

    return registered


def mesh_rule(*, codes: Sequence[Code]) -> Callable[[AnyRule], AnyRule]:
    """Decorator: a rule that looks at all resources; each of its issues names one.

    Args:
        codes: What it may find.
    """
    define(*codes)

    def registered(function: AnyRule) -> AnyRule:
        _mesh_rules.append(function)
        return function

    return registered


def rules_of(kind: type[Resource]) -> Sequence[ResourceRule]:
    """The rules for resources of a kind."""
    return _rules.get(kind, ())


def mesh_rules() -> Sequence[MeshRule]:
    """The rules for all of the resources."""
    return _mesh_rules


def codes() -> dict[str, Code]:
    """Every code whose module has been imported, by its name."""
    return dict(_codes)
