"""A mesh that is asked instead of run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymesh.answers import Answer, Request, Source, To, Workload
from pymesh.explain import destination_of, load, render, source_of
from pymesh.testing._coverage import Coverage

if TYPE_CHECKING:
    from pymesh.engine import Engine
    from pymesh.wire import Documents

__all__ = ["Mesh"]

_PASSES = ("forward", "redirect", "direct", "passthrough")


class Mesh:
    """The resources of a mesh, asked what becomes of requests.

    Every question takes the same arguments:

    * ``source``: who asks, as ``name[.namespace][/service account]`` or a
      :class:`~pymesh.engine.Source`; ``None`` is a peer without identity.
    * ``to``: where to, as ``host[:port]``, a :class:`~pymesh.engine.To`, or a
      :class:`~pymesh.engine.Workload` to ask its inbound side alone.
    * ``method``, ``path``, ``headers`` (a mapping or pairs), and whatever else a
      :class:`~pymesh.engine.Request` has: ``gateway``, ``protocol``, ``scheme``, ``claims`` …

    Args:
        engine: The compiled documents.
        documents: The documents themselves, to look names up.
    """

    def __init__(self, engine: Engine, documents: Documents) -> None:
        self.engine = engine
        self.documents = documents
        self.coverage = Coverage(documents)

    @classmethod
    def load(cls, *paths: str | Path) -> Mesh:
        """Reads the resources of files and folders.

        Args:
            paths: At least one.

        Raises:
            PymeshError: They cannot be read, or are wrong.
        """
        loaded = load([Path(path) for path in paths])
        return cls(loaded.engine, loaded.documents)

    def ask(
        self,
        *,
        source: str | Source | None = None,
        to: str | To | Workload | None = None,
        method: str | None = None,
        path: str | None = None,
        headers: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        **more: Any,
    ) -> Answer:
        """What becomes of a request, whatever that is; its steps are in ``tree``."""
        if isinstance(source, str):
            source = source_of(source, self.documents)
        pairs = tuple(headers.items()) if isinstance(headers, Mapping) else tuple(headers)
        request = Request(
            source=source or Source(),
            destination=_to(to),
            method=method,
            path=path,
            headers=pairs,
            **more,
        )
        answer = self.engine.explain(request)
        self.coverage.note(answer)
        return answer

    def allows(self, **request: Any) -> Answer:
        """Asserts that a request gets to a destination, or to an answer of the mesh itself.

        Raises:
            AssertionError: It does not; the message shows every step of the decision.
        """
        __tracebackhide__ = True
        answer = self.ask(**request)
        if answer.outcome not in _PASSES:
            raise AssertionError(_message("is not allowed", request, answer))
        return answer

    def denies(self, **request: Any) -> Answer:
        """Asserts that a policy, or peer authentication, refuses a request.

        Raises:
            AssertionError: None does; a request that fails otherwise, such as one that no route
                serves, is not denied.
        """
        __tracebackhide__ = True
        answer = self.ask(**request)
        if answer.outcome != "denied":
            raise AssertionError(_message("is not denied", request, answer))
        return answer

    def routes(
        self,
        *,
        destinations: str | Mapping[str, int],
        **request: Any,
    ) -> Answer:
        """Asserts that a request goes to these destinations and to no others.

        Args:
            destinations: ``service.namespace``, or the host, with ``/subset`` if it is one; with
                the weight of each if there are several.
            request: As for every question.

        Raises:
            AssertionError: It goes elsewhere; the message shows every step of the decision.
        """
        __tracebackhide__ = True
        answer = self.ask(**request)
        if answer.outcome != "forward":
            raise AssertionError(_message("is not forwarded", request, answer))
        if not _goes_to(answer, destinations):
            raise AssertionError(_message(f"does not go to {destinations}", request, answer))
        return answer


def _to(to: str | To | Workload | None) -> To:
    match to:
        case None:
            return To()
        case str():
            return destination_of(to)
        case Workload():
            return To(workload=to)
    return to


def _goes_to(answer: Answer, expected: str | Mapping[str, int]) -> bool:
    used = [one for one in answer.destinations if one.weight or len(answer.destinations) == 1]
    named = []
    for one in used:
        subset = f"/{one.subset}" if one.subset else ""
        named.append({f"{one.service}.{one.namespace}{subset}", f"{one.host}{subset}"})
    if isinstance(expected, str):
        return len(used) == 1 and expected in named[0]
    if len(used) != len(expected):
        return False
    return all(
        any(name in names and weight == one.weight for names, one in zip(named, used, strict=True))
        for name, weight in expected.items()
    )


def _message(what: str, request: Mapping[str, Any], answer: Answer) -> str:
    asked = ", ".join(f"{name}={value!r}" for name, value in request.items())
    return f"the request {what}: {asked}\n{render(answer)}"
