"""Which rules of a mesh the tests have reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.answers import Answer, Node
    from pymesh.wire import Documents

__all__ = ["Coverage", "Rule"]

POLICY = "AuthorizationPolicy"
# Every service has a route of its own without anybody having written a rule.
_UNWRITTEN = ("Service", "ServiceEntry")


class Rule(NamedTuple):
    """A rule of a resource; ``rule`` counts from 0."""

    kind: str
    namespace: str
    name: str
    rule: int

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name} rule {self.rule}"


class Coverage:
    """The rules of documents, and those among them that answers came by.

    A rule of a policy is reached when it matched a request, whether it decided or not; a rule of
    a route when it served one.

    Args:
        documents: Where the rules are.
    """

    def __init__(self, documents: Documents) -> None:
        self.rules = frozenset(_rules(documents))
        self.reached: set[Rule] = set()

    def note(self, answer: Answer) -> None:
        """Takes down the rules that an answer came by.

        Args:
            answer: With its steps.
        """
        if answer.route is not None:
            route = answer.route
            self.reached.add(Rule(route.kind, route.namespace, route.name, route.rule))
        for node in answer.tree:
            self._walk(node)

    def unreached(self) -> list[Rule]:
        """The rules that nothing has reached, sorted."""
        return sorted(self.rules - self.reached)

    def _walk(self, node: Node) -> None:
        namespace, _, name = node.name.partition("/")
        for child in node.children:
            if node.step == "policy" and child.step == "rule" and child.result == "matched":
                self.reached.add(Rule(POLICY, namespace, name, int(child.name)))
            self._walk(child)


def _rules(documents: Documents) -> Iterator[Rule]:
    for routes in documents.routes:
        for rule in routes.rules:
            origin = rule.resource
            if origin is not None and origin.kind not in _UNWRITTEN:
                yield Rule(origin.kind, origin.namespace, origin.name, origin.rule)
    for policy in documents.policies:
        for number in range(len(policy.rules or ())):
            yield Rule(POLICY, policy.namespace, policy.name, number)
