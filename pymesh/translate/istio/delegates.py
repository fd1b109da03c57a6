"""The rules of a VirtualService with those of its delegates in their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.translate._view import View, unit
from pymesh.translate.istio._visibility import sees
from pymesh.translate.istio.virtual_services import gateways_of, visibility

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pymesh.resources.istio._shared import StringMatch
    from pymesh.resources.istio.virtual_service import HTTPMatch, HTTPRoute

__all__ = ["Effective", "effective_routes"]

_INHERITED = (
    "rewrite",
    "direct_response",
    "timeout",
    "retries",
    "fault",
    "mirror",
    "mirrors",
    "mirror_percent",
    "mirror_percentage",
    "cors_policy",
    "headers",
)
"""What a delegate's rule takes from the one that delegates, where it says nothing itself."""


class Effective(NamedTuple):
    """A rule that is in force.

    Args:
        owner: The VirtualService that it stands in: its namespace completes short names.
        number: Its place there.
        route: The rule; its matches include those of the one that delegates.
    """

    owner: VirtualService
    number: int
    route: HTTPRoute


@unit
def effective_routes(view: View, key: tuple[str, str]) -> tuple[Effective, ...]:
    """The rules of a VirtualService in order.

    A rule that delegates is replaced by the rules of the delegate, each of which matches what
    both match. Where they exclude each other the delegate's rule is dropped; so is a rule whose
    delegate is not there, is not exported to the namespace, has hosts, or delegates itself.
    """
    resource = view.get(VirtualService, *key)
    if resource is None:
        return ()
    found: list[Effective] = []
    for number, route in enumerate(resource.spec.http):
        if route.delegate is None:
            found.append(Effective(resource, number, route))
        else:
            found.extend(_delegated(view, resource, route))
    return tuple(found)


def _delegated(view: View, root: VirtualService, route: HTTPRoute) -> Iterator[Effective]:
    reference = route.delegate
    if reference is None:
        return
    leaf = view.get(VirtualService, reference.namespace or root.namespace, reference.name)
    if leaf is None or leaf.spec.hosts or not sees(root.namespace, visibility(view, leaf)):
        return
    above = [_with_full_gateways(match, root) for match in route.match]
    for number, own in enumerate(leaf.spec.http):
        below = [_with_full_gateways(match, leaf) for match in own.match]
        matches = _both(above, below)
        if own.delegate is None and matches is not None:
            inherited = {
                name: getattr(route, name)
                for name in _INHERITED
                if getattr(own, name) in (None, ())
            }
            name = "-".join(filter(None, (route.name, own.name)))
            merged = own.model_copy(update={**inherited, "match": tuple(matches), "name": name})
            yield Effective(leaf, number, merged)


def _with_full_gateways(match: HTTPMatch, owner: VirtualService) -> HTTPMatch:
    if not match.gateways:
        return match
    gateways = tuple(sorted(gateways_of(match.gateways, owner.namespace)))
    return match.model_copy(update={"gateways": gateways})


def _both(above: list[HTTPMatch], below: list[HTTPMatch]) -> list[HTTPMatch] | None:
    """The matches for which one of each list holds; None if they exclude each other.

    Each of the lower ones must go with at least one of the upper ones.
    """
    if not above or not below:
        return above or below
    found: list[HTTPMatch] = []
    for leaf in below:
        compatible = [_merged(root, leaf) for root in above if not _conflict(root, leaf)]
        if not compatible:
            return None
        found.extend(compatible)
    return found


def _merged(root: HTTPMatch, leaf: HTTPMatch) -> HTTPMatch:
    return leaf.model_copy(
        update={
            "name": "-".join(filter(None, (root.name, leaf.name))),
            "uri": leaf.uri or root.uri,
            "scheme": leaf.scheme or root.scheme,
            "method": leaf.method or root.method,
            "authority": leaf.authority or root.authority,
            "headers": {**root.headers, **leaf.headers},
            "without_headers": {**root.without_headers, **leaf.without_headers},
            "query_params": {**root.query_params, **leaf.query_params},
            "port": leaf.port or root.port,
            "source_labels": {**root.source_labels, **leaf.source_labels},
            "source_namespace": leaf.source_namespace or root.source_namespace,
            "gateways": leaf.gateways or root.gateways,
        }
    )


def _conflict(root: HTTPMatch, leaf: HTTPMatch) -> bool:
    """Whether what a lower match asks for is no part of what the upper one does."""
    texts = ((root.uri, leaf.uri), (root.scheme, leaf.scheme), (root.method, leaf.method),
             (root.authority, leaf.authority))  # fmt: skip
    maps = ((root.headers, leaf.headers), (root.without_headers, leaf.without_headers),
            (root.query_params, leaf.query_params))  # fmt: skip
    return (
        any(_excludes(upper, lower) for upper, lower in texts)
        or any(_any_excludes(upper, lower) for upper, lower in maps)
        or root.ignore_uri_case != leaf.ignore_uri_case
        or bool(root.port and leaf.port and root.port != leaf.port)
        or bool(
            root.source_namespace
            and leaf.source_namespace
            and root.source_namespace != leaf.source_namespace
        )
        or any(
            root.source_labels.get(name, value) != value
            for name, value in leaf.source_labels.items()
        )
        or bool(root.gateways and leaf.gateways and not {*leaf.gateways} <= {*root.gateways})
    )


def _any_excludes(root: Mapping[str, StringMatch], leaf: Mapping[str, StringMatch]) -> bool:
    return any(_excludes(root.get(name), match) for name, match in leaf.items())


def _excludes(root: StringMatch | None, leaf: StringMatch | None) -> bool:
    if root is None or leaf is None or "present" in {root.type, leaf.type}:
        return False
    if "regex" in {root.type, leaf.type}:  # nobody knows what two of them have in common
        return True
    if root.type == "exact":
        return leaf.type != "exact" or leaf.value != root.value
    return not leaf.value.startswith(root.value)
