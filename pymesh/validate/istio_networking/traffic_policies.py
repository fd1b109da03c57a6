"""Rules for the traffic policies of a DestinationRule: limits, outliers, TLS, tunnels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio._traffic_policy import (
    ClientTLS,
    ConnectionPool,
    OutlierDetection,
    PortTrafficPolicy,
    TrafficPolicy,
    TunnelSettings,
)
from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import (
    PERCENTAGE_RANGE,
    PORT_RANGE,
    check_percentage,
    check_port,
)
from pymesh.validate.istio_networking._names import fqdn_problem, is_address
from pymesh.validate.istio_networking._walk import names_of, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pymesh.resources.istio._shared import IstioModel
    from pymesh.validate._rules import Path

TRAFFIC_POLICY_EMPTY = Code(
    "traffic-policy-empty",
    "error",
    "A traffic policy, or the connection pool in one, has no settings.",
    "Add settings, or remove it.",
)
TRAFFIC_POLICY_CONFLICT = Code(
    "traffic-policy-conflict",
    "error",
    "Settings of a traffic policy contradict one another: `tunnel` and `proxyProtocol`, "
    "`h2UpgradePolicy: UPGRADE` and `useClientProtocol`, or "
    "`consecutiveLocalOriginFailures` without `splitExternalLocalOriginErrors`.",
    "Keep the one that is meant, or add what the message names.",
)
PORT_SETTINGS_WITHOUT_PORT = Code(
    "port-settings-without-port",
    "error",
    "An entry of `portLevelSettings` does not say which port it is for.",
    "Add `port: {number: …}`.",
)
LIMIT_NEGATIVE = Code(
    "limit-negative",
    "error",
    "A limit of connections or requests is below 0.",
    "Give a number above 0; leave the field out for no limit.",
)
TUNNEL_INVALID = Code(
    "tunnel-invalid",
    "error",
    "A tunnel's protocol is neither `CONNECT` nor `POST`, or its target is neither a DNS name "
    "nor an IP address.",
    "Correct what the message names.",
)
CLIENT_TLS_INVALID = Code(
    "client-tls-invalid",
    "error",
    "The TLS settings for connections to a service are incomplete or contradict themselves: "
    "`MUTUAL` needs a certificate and its key, as files or by `credentialName` but not both; "
    "with `insecureSkipVerify` there is nothing to check the server's certificate against.",
    "Add or remove the fields that the message names.",
)
_POOL_LIMITS = (
    "http1_max_pending_requests",
    "http2_max_requests",
    "max_requests_per_connection",
    "max_retries",
    "max_concurrent_streams",
)
_CODES = [
    TRAFFIC_POLICY_EMPTY,
    TRAFFIC_POLICY_CONFLICT,
    PORT_SETTINGS_WITHOUT_PORT,
    LIMIT_NEGATIVE,
    TUNNEL_INVALID,
    CLIENT_TLS_INVALID,
    PERCENTAGE_RANGE,
    PORT_RANGE,
]


@rule(DestinationRule, codes=_CODES)
def check_policies(resource: DestinationRule) -> Iterator[Issue]:
    """Every policy, of the rule, of subsets and of ports."""
    for path, part in parts(resource):
        check = _CHECKS.get(type(part))
        if check is not None:
            yield from check(part, path)


def _check_policy(policy: TrafficPolicy, path: Path) -> Iterator[Issue]:
    settings = (
        policy.load_balancer,
        policy.connection_pool,
        policy.outlier_detection,
        policy.tls,
        policy.tunnel,
        policy.proxy_protocol,
        policy.retry_budget,
    )
    if all(one is None for one in settings) and not policy.has("port_level_settings"):
        yield Issue(TRAFFIC_POLICY_EMPTY.code, "the traffic policy has no settings", path)
    if policy.tunnel is not None and policy.proxy_protocol is not None:
        yield Issue(
            TRAFFIC_POLICY_CONFLICT.code,
            "proxyProtocol and tunnel exclude each other",
            (*path, "proxyProtocol"),
        )


def _check_port_policy(policy: PortTrafficPolicy, path: Path) -> Iterator[Issue]:
    if policy.port is None:
        yield Issue(PORT_SETTINGS_WITHOUT_PORT.code, "the settings are for no port", path)
    else:
        yield from check_port(policy.port.number, (*path, "port", "number"))
    settings = (
        policy.load_balancer,
        policy.connection_pool,
        policy.outlier_detection,
        policy.tls,
    )
    if all(one is None for one in settings):
        yield Issue(TRAFFIC_POLICY_EMPTY.code, "the port has no settings", path)


def _check_pool(pool: ConnectionPool, path: Path) -> Iterator[Issue]:
    if pool.tcp is None and pool.http is None:
        yield Issue(TRAFFIC_POLICY_EMPTY.code, "the connection pool has no settings", path)
    if pool.tcp is not None:
        yield from _check_limits(pool.tcp, ("max_connections",), (*path, "tcp"))
        idle = pool.tcp.idle_timeout
        if idle is not None and idle.nanoseconds < 0:
            place = (*path, "tcp", "idleTimeout")
            yield Issue(LIMIT_NEGATIVE.code, f"{idle} is below 0", place)
    if pool.http is not None:
        yield from _check_limits(pool.http, _POOL_LIMITS, (*path, "http"))
        if pool.http.h2_upgrade_policy == "UPGRADE" and pool.http.use_client_protocol:
            yield Issue(
                TRAFFIC_POLICY_CONFLICT.code,
                "useClientProtocol and h2UpgradePolicy: UPGRADE exclude each other",
                (*path, "http", "useClientProtocol"),
            )


def _check_limits(part: IstioModel, attributes: tuple[str, ...], path: Path) -> Iterator[Issue]:
    for attribute in attributes:
        value = getattr(part, attribute)
        if value < 0:
            place = (*path, names_of(type(part))[attribute])
            yield Issue(LIMIT_NEGATIVE.code, f"{value} is below 0", place)


def _check_outliers(outliers: OutlierDetection, path: Path) -> Iterator[Issue]:
    if outliers.consecutive_local_origin_failures and not (
        outliers.split_external_local_origin_errors
    ):
        yield Issue(
            TRAFFIC_POLICY_CONFLICT.code,
            "consecutiveLocalOriginFailures needs splitExternalLocalOriginErrors",
            (*path, "consecutiveLocalOriginFailures"),
        )
    for name, percent in (
        ("maxEjectionPercent", outliers.max_ejection_percent),
        ("minHealthPercent", outliers.min_health_percent),
    ):
        yield from check_percentage(percent, (*path, name))


def _check_tunnel(tunnel: TunnelSettings, path: Path) -> Iterator[Issue]:
    if tunnel.protocol not in {"", "CONNECT", "POST"}:
        yield Issue(
            TUNNEL_INVALID.code,
            f"{tunnel.protocol!r} is neither CONNECT nor POST",
            (*path, "protocol"),
        )
    problem = fqdn_problem(tunnel.target_host)
    if problem and not is_address(tunnel.target_host):
        yield Issue(
            TUNNEL_INVALID.code,
            f"the target {tunnel.target_host!r} {problem}",
            (*path, "targetHost"),
        )
    yield from check_port(tunnel.target_port, (*path, "targetPort"))


def _check_tls(tls: ClientTLS, path: Path) -> Iterator[Issue]:
    if tls.mode not in {"SIMPLE", "MUTUAL"}:
        return
    if tls.insecure_skip_verify:
        unused = {
            "caCertificates": bool(tls.ca_certificates),
            "subjectAltNames": tls.has("subject_alt_names"),
            "credentialName": tls.mode == "SIMPLE" and bool(tls.credential_name),
        }
        yield from _tls_issues("with insecureSkipVerify nothing is checked against", unused, path)
    files = {
        "clientCertificate": bool(tls.client_certificate),
        "privateKey": bool(tls.private_key),
        "caCertificates": bool(tls.ca_certificates),
        "caCrl": bool(tls.ca_crl),
    }
    if tls.credential_name:
        yield from _tls_issues("credentialName stands instead of", files, path)
    elif tls.mode == "MUTUAL":
        missing = {name: not files[name] for name in ("clientCertificate", "privateKey")}
        yield from _tls_issues("MUTUAL needs", missing, path)


def _tls_issues(what: str, fields: dict[str, bool], path: Path) -> Iterator[Issue]:
    for name, wrong in fields.items():
        if wrong:
            yield Issue(CLIENT_TLS_INVALID.code, f"{what} {name}", (*path, name))


_CHECKS: dict[type[IstioModel], Callable[[Any, Path], Iterator[Issue]]] = {
    TrafficPolicy: _check_policy,
    PortTrafficPolicy: _check_port_policy,
    ConnectionPool: _check_pool,
    OutlierDetection: _check_outliers,
    TunnelSettings: _check_tunnel,
    ClientTLS: _check_tls,
}
