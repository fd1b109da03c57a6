"""A request that is asked about, and the answer: what ``pymesh why`` reads and writes, typed.

The same shapes as JSON Schemas are in ``pymesh/schemas``.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

__all__ = [
    "Answer",
    "Authorization",
    "Decision",
    "Destination",
    "DryRun",
    "Leaving",
    "Mirror",
    "Node",
    "Outcome",
    "Request",
    "Retries",
    "Route",
    "Source",
    "To",
    "Workload",
]

Outcome = Literal[
    "forward",
    "redirect",
    "direct",
    "denied",
    "not_found",
    "unavailable",
    "bad_request",
    "passthrough",
]
Decision = Literal["allow", "deny"]


class _Asked(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What all parts of a request have in common: what is left out has a default."""


class Source(_Asked, frozen=True, kw_only=True):
    """Who asks.

    Args:
        namespace: The namespace of the workload; ``default`` if not given.
        service_account: Its service account; without one the peer sends plaintext and has no
            identity.
        trust_domain: Its trust domain; the mesh's own if not given.
        labels: Its labels.
        ip: The address of the direct peer; not known if not given, so that a policy which asks
            for it does not let the request pass.
        remote_ip: The client's address after trusted proxies; ``ip`` if not given.
    """

    namespace: str | None = None
    service_account: str | None = None
    trust_domain: str | None = None
    labels: dict[str, str] = {}
    ip: str | None = None
    remote_ip: str | None = None


class Workload(_Asked, frozen=True, kw_only=True):
    """A workload that is asked directly, without a route to it.

    Args:
        namespace: Its namespace; ``default`` if not given.
        labels: Its labels.
        service_account: Its service account.
    """

    namespace: str | None = None
    labels: dict[str, str] = {}
    service_account: str | None = None


class To(_Asked, frozen=True, kw_only=True):
    """Where a request is sent: a host, or a workload.

    Args:
        host: The host as the client writes it.
        port: The port, of a workload its own; that of the scheme if not given.
        workload: In place of a host.
    """

    host: str | None = None
    port: int | None = None
    workload: Workload | None = None


class Request(_Asked, frozen=True, kw_only=True):
    """A request that is asked about.

    Args:
        id: Given back in the answer.
        source: Who asks.
        gateway: ``namespace/name`` of the gateway where it enters; inside the mesh if not given.
        destination: Where it is sent.
        protocol: What arrives.
        scheme: ``http`` or ``https``.
        method: GET, for gRPC POST, if not given.
        path: The path with its query, as received; ``/`` if not given.
        headers: The header fields in order.
        sni: The server name of the TLS handshake.
        claims: The claims of a token that was verified before.
    """

    id: str | int | float | None = None
    source: Source = Source()
    gateway: str | None = None
    destination: To = To()
    protocol: Literal["http", "grpc", "tcp", "tls"] = "http"
    scheme: Literal["http", "https"] = "http"
    method: str | None = None
    path: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    sni: str | None = None
    claims: dict[str, Any] | None = None


class Route(Struct, frozen=True):
    """The rule of a resource that serves a request; ``rule`` counts from 0."""

    kind: str
    namespace: str
    name: str
    rule: int

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name} rule {self.rule}"


class Destination(Struct, frozen=True):
    """Where a request goes, with its share relative to the others."""

    namespace: str
    service: str
    host: str
    port: int
    subset: str
    weight: int


class Leaving(Struct, frozen=True):
    """The request as it would leave, without the fields that each hop writes for itself."""

    method: str
    authority: str
    path: str
    headers: tuple[tuple[str, str], ...]


class DryRun(Struct, frozen=True):
    """A policy in dry-run mode, and what it would have done."""

    policy: str
    decision: Decision


class Authorization(Struct, frozen=True):
    """Who decided that a request may pass or not, and why.

    Args:
        decision: ``allow`` or ``deny``.
        policy: ``namespace/name`` of the policy that decided; ``None`` if no policy did.
        rule: The position of the rule in it, from 0.
        dry_run: What policies in dry-run mode would have done.
        reason: Why, as a stable word.
    """

    decision: Decision
    policy: str | None
    rule: int | None
    dry_run: tuple[DryRun, ...]
    reason: str


class Retries(Struct, frozen=True, rename="camel"):
    """How failed attempts are repeated, as in Istio's ``HTTPRetry``."""

    attempts: int
    retry_on: str
    per_try_timeout: str | None = None


class Mirror(Struct, frozen=True):
    """Where a copy of a request goes; ``percentage`` is from 0 to 100."""

    namespace: str
    service: str
    host: str
    port: int
    subset: str
    percentage: float


class Node(Struct, frozen=True):
    """A step of a decision: what was looked at, what came of it, why, and its own steps."""

    step: str
    name: str
    result: str
    reason: str
    children: tuple[Node, ...]


class Answer(Struct, frozen=True, kw_only=True):
    """The answer.

    Args:
        id: The request's.
        outcome: What becomes of the request.
        status: The status that the proxy answers itself; ``None`` if it forwards, or cuts the
            connection.
        location: Where a redirect leads.
        route: The rule that serves it.
        destinations: Where it goes.
        request: As it would leave; ``None`` if it does not, or is no HTTP.
        authorization: Who decided that it may; ``None`` if nothing on its way decides that.
        timeout: From head to the end of the response, such as ``5s``; ``None`` without a limit
            of the route.
        retries: How failed attempts are repeated.
        mirrors: Where copies go.
        error: What is wrong with a request that is refused.
        tree: The steps of the decision in order, if they were asked for.
    """

    id: str | int | float | None
    outcome: Outcome
    status: int | None
    location: str | None
    route: Route | None
    destinations: tuple[Destination, ...]
    request: Leaving | None
    authorization: Authorization | None
    timeout: str | None
    retries: Retries | None
    mirrors: tuple[Mirror, ...]
    error: str = ""
    tree: tuple[Node, ...] = ()
