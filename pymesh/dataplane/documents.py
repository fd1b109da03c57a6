"""From ``--to`` to the documents that the core compiles, as plain dicts.

Their shape is that of :mod:`pymesh.wire`, whose import a starting proxy does not pay for; a test
reads what is made here with the strict classes there.
"""

from __future__ import annotations

import _socket  # `socket` is five times as dear to import, and only inet_pton is needed

from pymesh.settings.values import join_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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
    """
    services = _by_service(targets)
    return {
        "services": [
            {"namespace": NAMESPACE, "name": name, "host": name, "balance": policy}
            for name in services
        ],
        "endpoints": [
            {
                "service": f"{NAMESPACE}/{name}",
                "slice": f"addresses-{number}",
                "endpoints": [
                    {"address": join_address(one.host, one.port), "weight": one.weight}
                    for one in part
                ],
            }
            for name, of_service in services.items()
            for number, part in _slices([one for one in of_service if _is_address(one.host)])
        ],
        "names": [
            {
                "service": f"{NAMESPACE}/{name}",
                "slice": f"name-{number}",
                # One name a slice: its addresses come and go without those of another name.
                "names": [{"host": one.host, "port": one.port, "weight": one.weight}],
            }
            for name, of_service in services.items()
            for number, one in enumerate(one for one in of_service if not _is_address(one.host))
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


def _by_service(targets: Iterable[Target]) -> dict[str, list[Target]]:
    services: dict[str, list[Target]] = {}
    for target in targets:
        services.setdefault(target.service, []).append(target)
    return services


def _slices(targets: list[Target]) -> Iterator[tuple[int, list[Target]]]:
    for number, start in enumerate(range(0, len(targets), _SLICE_ENDPOINTS)):
        yield number, targets[start : start + _SLICE_ENDPOINTS]


def _is_address(host: str) -> bool:
    family = _socket.AF_INET6 if ":" in host else _socket.AF_INET
    try:
        _socket.inet_pton(family, host)
    except (OSError, UnicodeError):
        return False
    return True
