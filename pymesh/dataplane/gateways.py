"""What a proxy that is given resources serves: which gateways, on which addresses, as whom."""

from __future__ import annotations

from pymesh.errors import PymeshError, did_you_mean
from pymesh.settings.values import join_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pymesh.settings import Resolved

__all__ = ["Serving", "serving"]


class Serving:
    """What a proxy is and where it listens.

    Args:
        listen: Addresses as the core reads them, ``PORT=HOST:PORT`` for a port of the gateways.
        gateways: The gateways that it serves, ``namespace/name``; none for a client in the mesh.
        namespace: Its namespace.
        labels: Its labels.
    """

    __slots__ = ("gateways", "labels", "listen", "namespace")

    def __init__(
        self, listen: list[str], gateways: list[str], namespace: str, labels: dict[str, str]
    ) -> None:
        self.listen = listen
        self.gateways = gateways
        self.namespace = namespace
        self.labels = labels


# Of the workloads that serve a gateway of Gateway API (GEP-1762); policies select them by it.
_GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"


def serving(settings: Resolved, listeners: Sequence[dict[str, Any]]) -> Serving:
    """Settles what a proxy serves.

    Without ``--gateway`` it serves every gateway of the files that its labels select. It has the
    labels that its gateways ask of a workload, and their namespace if they share one, unless
    ``--namespace`` says otherwise.

    Args:
        settings: ``gateway``, ``label``, ``listen`` and ``namespace`` are read.
        listeners: The listeners of the files.

    Raises:
        PymeshError: ``bad-value``: a gateway or port is asked for that the files do not have, or
            that cannot be served.
    """
    labels = dict(settings["label"])
    known = list(dict.fromkeys(one["gateway"] for one in listeners))
    for name in settings["gateway"]:
        if name not in known:
            hint = did_you_mean(name, known) or _listed("the files have", known)
            raise PymeshError("bad-value", f"--gateway: there is no gateway {name}", hint=hint)
    own = [one for one in listeners if _is_served(one, settings["gateway"], labels)]
    if settings["gateway"] and not any(map(_is_http, own)):
        # It would be a client's proxy instead, which enforces no policy.
        message = f"--gateway: {', '.join(settings['gateway'])} has no listener for plaintext HTTP"
        raise PymeshError("bad-value", message, hint="others are not served yet")
    if known and not own:
        message = "--label: no gateway of the files selects these labels"
        raise PymeshError("bad-value", message, hint=_listed("the files have", known))
    labels = _labels(own, labels)
    gateways = list(dict.fromkeys(one["gateway"] for one in own))
    namespaces = sorted({name.partition("/")[0] for name in gateways})
    namespace = settings["namespace"]
    if settings.origin["namespace"] == "default" and namespaces:
        if len(namespaces) > 1:
            # The policies of all but one would not hold.
            message = f"the gateways are of several namespaces: {', '.join(namespaces)}"
            hint = "serve one with --gateway, or say whose policies hold with --namespace"
            raise PymeshError("bad-value", message, hint=hint)
        namespace = namespaces[0]
    return Serving(_addresses(settings, own), gateways, namespace, labels)


def _labels(listeners: list[dict[str, Any]], labels: dict[str, str]) -> dict[str, str]:
    """The labels of a proxy that serves all of these."""
    by: dict[str, str] = {}
    for one in listeners:
        for key, value in one.get("selector", {}).items():
            if labels.setdefault(key, value) != value:
                # The policies that select the other would not hold.
                other = by.get(key, "--label")
                message = f"{one['gateway']} and {other} want different labels {key}"
                raise PymeshError("bad-value", message, hint="serve one of them with --gateway")
            by.setdefault(key, one["gateway"])
    return labels


def _is_served(listener: dict[str, Any], asked: list[str], labels: dict[str, str]) -> bool:
    if asked:
        return bool(listener["gateway"] in asked)
    selector: dict[str, str] = listener.get("selector", {})
    # A gateway of Gateway API picks no workload by its labels: its own label follows from serving
    # it.
    wanted = {key: value for key, value in selector.items() if key != _GATEWAY_LABEL}
    return not labels or all(labels.get(key) == value for key, value in wanted.items())


def _is_http(listener: dict[str, Any]) -> bool:
    return bool(listener.get("protocol", "http") == "http")


def _addresses(settings: Resolved, listeners: list[dict[str, Any]]) -> list[str]:
    binds = {one["port"]: one.get("bind", "") for one in listeners if _is_http(one)}
    if not binds:
        mapped = [one for one in settings["listen"] if "=" in one]
        if mapped:
            raise _no_port(mapped[0].partition("=")[0], [])
        return list(settings["listen"])
    if settings.origin["listen"] == "default":
        return [f"{port}={join_address(bind, port)}" for port, bind in sorted(binds.items())]
    addresses = []
    for one in settings["listen"]:
        port, found, address = one.rpartition("=")
        if not found:
            if len(binds) > 1:
                ports = _listed("its ports are", sorted(binds))
                message = f"--listen {one}: the gateways have several ports"
                raise PymeshError("bad-value", message, hint=f"write PORT={one}; {ports}")
            port = str(next(iter(binds)))
        elif int(port) not in binds:
            raise _no_port(port, sorted(binds))
        addresses.append(f"{port}={address}")
    return addresses


def _no_port(port: str, ports: list[int]) -> PymeshError:
    hint = _listed("the HTTP ports are", ports)
    return PymeshError("bad-value", f"--listen: no gateway has port {port}", hint=hint)


def _listed(what: str, items: Sequence[object]) -> str:
    return f"{what} {', '.join(str(item) for item in items)}" if items else f"{what} none"
