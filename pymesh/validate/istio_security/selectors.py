"""Which workloads a security policy selects: rules for the selector alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.resources.istio.peer_authentication import PeerAuthentication
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

SELECTOR_LABEL = Code(
    "selector-label",
    "error",
    "A label of a workload selector has an empty name, or a `*` in its name or value. Selectors "
    "compare labels exactly, so it would select nothing.",
    "Name each label and value in full; to select every workload, leave the selector out.",
)
SELECTOR_EMPTY = Code(
    "selector-empty",
    "warning",
    "The policy has a selector without labels. It selects every workload of its namespace (of "
    "the mesh, in the root namespace), as if there were no selector.",
    "Add labels, or remove the selector to say that every workload is meant.",
)


@rule(PeerAuthentication, codes=[SELECTOR_LABEL, SELECTOR_EMPTY])
@rule(AuthorizationPolicy, codes=[SELECTOR_LABEL, SELECTOR_EMPTY])
def check_selector(resource: PeerAuthentication | AuthorizationPolicy) -> Iterator[Issue]:
    """A selector has labels, and they are written in full."""
    selector = resource.spec.selector
    if selector is None:
        return
    if not selector.labels:
        yield Issue("selector-empty", "the selector has no labels", ("spec", "selector"))
    for name, value in selector.labels.items():
        place = ("spec", "selector", "matchLabels", name)
        if not name:
            yield Issue("selector-label", "a label has no name", place)
        if "*" in name or "*" in value:
            yield Issue("selector-label", f"{name}={value} is not a label but a pattern", place)
