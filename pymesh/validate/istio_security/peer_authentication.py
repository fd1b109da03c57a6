"""What a PeerAuthentication may say by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymesh.resources.istio.peer_authentication import PeerAuthentication
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTS_WITHOUT_SELECTOR = Code(
    "port-level-mtls-without-selector",
    "error",
    "`portLevelMtls` is given for a whole namespace or mesh. Ports are those of workloads, so "
    "their modes need a selector that says which.",
    "Add `selector.matchLabels`, or set the mode for all ports with `mtls`.",
)
PORT = Code(
    "port-level-mtls-port",
    "error",
    "A key of `portLevelMtls` is not a port from 1 to 65535.",
    "Write the number of the port on which the workload listens (the target port, not that of "
    'the Service), such as `"8080"`.',
)


@rule(PeerAuthentication, codes=[PORTS_WITHOUT_SELECTOR, PORT])
def check_ports(resource: PeerAuthentication) -> Iterator[Issue]:
    """Modes of ports need a selector, and ports are numbers."""
    if resource.spec.port_level_mtls is None:
        return
    path = ("spec", "portLevelMtls")
    if not resource.labels:
        yield Issue(
            "port-level-mtls-without-selector", "modes of ports need a selector with labels", path
        )
    for port in resource.spec.port_level_mtls:
        if not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
            yield Issue(
                "port-level-mtls-port", f"{port!r} is not a port from 1 to 65535", (*path, port)
            )
