"""``Service`` documents: ports, subsets and how clients are to use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pymesh import wire
from pymesh.translate._output import EMPTY, Output
from pymesh.translate._view import View, unit
from pymesh.translate.istio._traffic_policy import balance, traffic_policy
from pymesh.translate.istio._visibility import EVERYONE, sees
from pymesh.translate.istio.destination_rules import audiences, blocks, service_rule
from pymesh.translate.istio.endpoints import PASSTHROUGH, known_endpoints
from pymesh.translate.istio.services import ServiceInfo, ServiceKey, service

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["service_documents"]


@unit
def service_documents(view: View, key: ServiceKey) -> Output:
    """A service, once for everyone and once for each namespace that sees it differently."""
    info = service(view, key)
    if info is None or not info.ports:
        return EMPTY
    common = _document(view, info, EVERYONE)
    documents = [common] if EVERYONE in info.visible_to else []
    for client in sorted((info.visible_to | audiences(view, (key, info.host))) - {EVERYONE}):
        if sees(client, info.visible_to):
            own = _document(view, info, client)
            if EVERYONE not in info.visible_to or _differ(own, common):
                documents.append(own)
    return Output(tuple(documents))


def _differ(own: wire.Service, common: wire.Service) -> bool:
    return msgspec.structs.replace(own, audience=EVERYONE) != common


def _document(view: View, info: ServiceInfo, client: str) -> wire.Service:
    rule = service_rule(view, info, client)
    return wire.Service(
        namespace=info.key.namespace,
        name=info.key.name,
        host=info.host,
        balance=balance(rule.policy.load_balancer if rule and rule.policy else None),
        audience=client,
        kind=info.key.kind,
        selector=dict(info.selector),
        known_endpoints=known_endpoints(view, info.key),
        passthrough=info.resolution in PASSTHROUGH,
        clusters=tuple(_clusters(view, info, client)),
    )


def _clusters(view: View, info: ServiceInfo, client: str) -> Iterator[wire.Cluster]:
    """A cluster for each port, and for each subset of it."""
    rule = service_rule(view, info, client)
    subsets = [("", {}), *((one.name, one.labels) for one in rule.subsets)] if rule else [("", {})]
    for port in info.ports:
        target = port.target if isinstance(port.target, int) else 0
        for name, labels in subsets:
            found = blocks(rule, port.number, name)
            yield wire.Cluster(
                port=port.number,
                protocol=port.protocol,
                subset=name,
                labels=labels,
                balance=balance(found.load_balancer),
                policy=traffic_policy(found),
                target_port=0 if target == port.number else target,
            )
