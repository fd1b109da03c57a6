"""From ``--to`` to the documents that the core compiles, as plain dicts.

Their shape is that of :mod:`pymesh.wire`, whose import a starting proxy does not pay for; a test
reads what is made here with the strict classes there.
"""

from __future__ import annotations

from pymesh.dataplane.names import resolve_host
from pymesh.settings.values import join_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pymesh.settings.values import Target

__all__ = ["NAMESPACE", "ROUTE", "documents"]

NAMESPACE = "default"
# The one route that `--to` makes; it stands in metrics and in the access log.
ROUTE = f"{NAMESPACE}/upstream"
_SLICE_ENDPOINTS = 100


def documents(
    targets: Iterable[Target], policy: str, plugins: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Makes the documents of a proxy that is told its targets.

    Targets of the same name are endpoints of one service. One route sends every request to the
    services, in proportion to the sum of their weights.

    Args:
        targets: At least one.
        policy: How an endpoint of a service is picked.
        plugins: Name and source of each plugin. Their configuration stays here: the core shows
            its documents on an admin page, and a configuration may hold secrets.

    Raises:
        PymeshError: ``unavailable``, if a host's name has no address.
    """
    services: dict[str, list[Target]] = {}
    for target in targets:
        services.setdefault(target.service, []).append(target)
    return {
        "services": [
            {"namespace": NAMESPACE, "name": name, "host": name, "balance": policy}
            for name in services
        ],
        "endpoints": [
            {
                "service": f"{NAMESPACE}/{name}",
                "slice": str(start // _SLICE_ENDPOINTS),
                "endpoints": [
                    {
                        "address": join_address(resolve_host(one.host), one.port),
                        "weight": one.weight,
                    }
                    for one in of_service[start : start + _SLICE_ENDPOINTS]
                ],
            }
            for name, of_service in services.items()
            for start in range(0, len(of_service), _SLICE_ENDPOINTS)
        ],
        "routes": [
            {
                "host": "*",
                "rules": [
                    {
                        "name": ROUTE,
                        "destinations": [
                            {
                                "service": f"{NAMESPACE}/{name}",
                                "weight": sum(one.weight for one in of_service),
                            }
                            for name, of_service in services.items()
                        ],
                    }
                ],
            }
        ],
        "plugins": [{"name": name, "source": source} for name, source in plugins],
    }
