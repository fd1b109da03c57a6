"""A DestinationRule's blocks as the wire has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh import wire

if TYPE_CHECKING:
    from pymesh.resources import Duration
    from pymesh.resources.istio._load_balancer import LoadBalancer
    from pymesh.resources.istio._traffic_policy import ClientTLS, OutlierDetection
    from pymesh.translate.istio.destination_rules import Blocks
    from pymesh.wire import Balance

__all__ = ["balance", "traffic_policy"]

_BALANCE: dict[str, Balance] = {"ROUND_ROBIN": "round_robin", "RANDOM": "random"}
_LARGEST = 2**32 - 1


def balance(load_balancer: LoadBalancer | None) -> Balance:
    """How an endpoint is picked; Istio's default is the one with the fewest requests."""
    simple = load_balancer.simple if load_balancer else None
    return _BALANCE.get(simple or "", "least_request")


def traffic_policy(blocks: Blocks) -> wire.TrafficPolicy | None:
    """The limits of a client; None if the blocks set none. A zero is as good as absent."""
    pool = blocks.connection_pool
    tcp, http = (pool.tcp, pool.http) if pool else (None, None)
    idle = http.idle_timeout if http else None
    policy = wire.TrafficPolicy(
        connect_timeout_ms=_milliseconds(tcp.connect_timeout) if tcp else None,
        max_connections=_limit(tcp.max_connections) if tcp else None,
        max_pending_requests=_limit(http.http1_max_pending_requests) if http else None,
        max_requests=_limit(http.http2_max_requests) if http else None,
        max_requests_per_connection=_limit(http.max_requests_per_connection) if http else None,
        max_retries=_limit(http.max_retries) if http else None,
        idle_timeout_ms=_milliseconds(idle or (tcp.idle_timeout if tcp else None)),
        outlier_detection=_outliers(blocks.outlier_detection),
        tls=_tls(blocks.tls),
    )
    return None if policy == wire.TrafficPolicy() else policy


def _limit(number: int) -> int | None:
    return min(number, _LARGEST) if number > 0 else None


def _milliseconds(duration: Duration | None) -> int | None:
    return max(duration.milliseconds, 0) if duration is not None else None


def _outliers(found: OutlierDetection | None) -> wire.OutlierDetection | None:
    if found is None:
        return None
    return wire.OutlierDetection(
        # Of these a zero is meant: it switches the cause off.
        consecutive_5xx_errors=found.consecutive5xx_errors,
        consecutive_gateway_errors=found.consecutive_gateway_errors,
        consecutive_local_origin_failures=found.consecutive_local_origin_failures,
        split_external_local_origin_errors=found.split_external_local_origin_errors,
        interval_ms=_milliseconds(found.interval),
        base_ejection_time_ms=_milliseconds(found.base_ejection_time),
        max_ejection_percent=_limit(found.max_ejection_percent),
        min_health_percent=_limit(found.min_health_percent),
    )


def _tls(found: ClientTLS | None) -> wire.Tls | None:
    if found is None:
        return None
    modes: dict[str, wire.TlsMode] = {
        "DISABLE": "disable",
        "SIMPLE": "simple",
        "MUTUAL": "mutual",
        "ISTIO_MUTUAL": "istio_mutual",
    }
    return wire.Tls(
        mode=modes[found.mode],
        sni=found.sni,
        subject_alt_names=found.subject_alt_names,
        client_certificate=found.client_certificate,
        private_key=found.private_key,
        ca_certificates=found.ca_certificates,
        credential_name=found.credential_name,
        insecure_skip_verify=bool(found.insecure_skip_verify),
    )
