"""Rules for retries, faults and mirrors."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import PERCENTAGE_RANGE, check_percentage
from pymesh.validate.istio_networking.http_answers import STATUS_INVALID, check_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio._http import Abort, Delay, Fault, HTTPRetry
    from pymesh.resources.istio.virtual_service import HTTPRoute
    from pymesh.validate._rules import Path

RETRY_INVALID = Code(
    "retry-invalid",
    "error",
    "A retry policy contradicts itself or has a condition that is not known: `attempts` is "
    "negative, or 0 (which turns retries off) beside other settings, or `retryOn` has an entry "
    "that is neither a condition of Envoy nor the code of an HTTP status.",
    "Give `attempts` a number above 0, and conditions such as "
    "`connect-failure,refused-stream,503` without blanks.",
)
TRY_LONGER_THAN_TIMEOUT = Code(
    "try-longer-than-timeout",
    "warning",
    "A single try may take as long as the whole response or longer, so that the timeout ends the "
    "request before a second try begins.",
    "Make `perTryTimeout` a fraction of `timeout`.",
)
FAULT_INVALID = Code(
    "fault-invalid",
    "error",
    "A fault has neither delay nor abort, or one that Istio does not implement "
    "(`exponentialDelay`, `http2Error`), or a gRPC status that does not exist.",
    "Use `delay.fixedDelay`, and `abort.httpStatus` or `abort.grpcStatus` (such as `UNAVAILABLE`).",
)
FAULT_WITHOUT_EFFECT = Code(
    "fault-without-effect",
    "warning",
    "A fault is for no request: it has no percentage, which means 0, or it does not say which "
    "error to give.",
    "Add `percentage: {value: 100}`, or the error.",
)
_CONDITIONS = frozenset(
    {
        "5xx",
        "gateway-error",
        "reset",
        "reset-before-request",
        "connect-failure",
        "envoy-ratelimited",
        "retriable-4xx",
        "refused-stream",
        "retriable-status-codes",
        "retriable-headers",
        "http3-post-connect-failure",
        "cancelled",
        "deadline-exceeded",
        "internal",
        "resource-exhausted",
        "unavailable",
    }
)
_STATUSES = frozenset(str(status.value) for status in HTTPStatus)
_GRPC = frozenset(
    {
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    }
)


@rule(VirtualService, codes=[RETRY_INVALID, TRY_LONGER_THAN_TIMEOUT])
def check_retries(resource: VirtualService) -> Iterator[Issue]:
    """Retry policies make sense."""
    for index, route in enumerate(resource.spec.http):
        if route.retries is None:
            continue
        place = ("spec", "http", index, "retries")
        yield from _check_retry(route.retries, place)
        one, all_ = route.retries.per_try_timeout, route.timeout
        if one is not None and all_ is not None and one.nanoseconds >= all_.nanoseconds:
            yield Issue(
                TRY_LONGER_THAN_TIMEOUT.code,
                f"a try may take {one}, all of them together {all_}",
                (*place, "perTryTimeout"),
            )


def _check_retry(retry: HTTPRetry, place: Path) -> Iterator[Issue]:
    if retry.attempts < 0:
        yield Issue(RETRY_INVALID.code, "attempts is below 0", (*place, "attempts"))
    elif retry.attempts == 0 and (
        retry.has("per_try_timeout") or retry.retry_on or retry.has("retry_remote_localities")
    ):
        yield Issue(
            RETRY_INVALID.code,
            "attempts is 0, so the other settings are for nothing",
            place,
            "set attempts",
        )
    for condition in retry.retry_on.split(",") if retry.retry_on else ():
        if condition not in _CONDITIONS and condition not in _STATUSES:
            yield Issue(
                RETRY_INVALID.code, f"{condition!r} is not a condition", (*place, "retryOn")
            )


@rule(
    VirtualService,
    codes=[FAULT_INVALID, FAULT_WITHOUT_EFFECT, PERCENTAGE_RANGE, STATUS_INVALID],
)
def check_faults(resource: VirtualService) -> Iterator[Issue]:
    """Faults can be injected as they are."""
    for index, route in enumerate(resource.spec.http):
        if route.fault is not None:
            yield from _check_fault(route.fault, ("spec", "http", index, "fault"))


def _check_fault(fault: Fault, place: Path) -> Iterator[Issue]:
    if fault.delay is None and fault.abort is None:
        yield Issue(FAULT_INVALID.code, "the fault has neither delay nor abort", place)
    if fault.delay is not None:
        yield from _check_delay(fault.delay, (*place, "delay"))
    if fault.abort is not None:
        yield from _check_abort(fault.abort, (*place, "abort"))


def _check_delay(delay: Delay, place: Path) -> Iterator[Issue]:
    if delay.percent and not 0 <= delay.percent <= 100:
        yield Issue(
            PERCENTAGE_RANGE.code, f"{delay.percent} is not a percentage", (*place, "percent")
        )
    yield from _check_share(delay, place, given=bool(delay.percent))
    if delay.exponential_delay is not None:
        yield Issue(
            FAULT_INVALID.code,
            "exponentialDelay is not implemented",
            (*place, "exponentialDelay"),
            "use fixedDelay",
        )


def _check_abort(abort: Abort, place: Path) -> Iterator[Issue]:
    yield from _check_share(abort, place)
    if abort.http2_error is not None:
        yield Issue(FAULT_INVALID.code, "http2Error is not implemented", (*place, "http2Error"))
    elif abort.grpc_status is not None:
        if abort.grpc_status not in _GRPC:
            yield Issue(
                FAULT_INVALID.code,
                f"{abort.grpc_status!r} is not a status of gRPC",
                (*place, "grpcStatus"),
            )
    elif abort.http_status is not None:
        yield from check_status(abort.http_status, (*place, "httpStatus"))
    else:
        yield Issue(FAULT_WITHOUT_EFFECT.code, "the abort does not say with which error", place)


def _check_share(fault: Delay | Abort, place: Path, *, given: bool = False) -> Iterator[Issue]:
    if fault.percentage is not None:
        yield from check_percentage(fault.percentage.value, (*place, "percentage", "value"))
    elif not given:
        yield Issue(
            FAULT_WITHOUT_EFFECT.code,
            "without a percentage the fault is for no request",
            place,
            "add percentage",
        )


@rule(VirtualService, codes=[PERCENTAGE_RANGE])
def check_mirrors(resource: VirtualService) -> Iterator[Issue]:
    """Shares of mirrored requests are percentages."""
    for index, route in enumerate(resource.spec.http):
        yield from _check_mirrors(route, ("spec", "http", index))


def _check_mirrors(route: HTTPRoute, place: Path) -> Iterator[Issue]:
    if route.mirror_percentage is not None:
        value = route.mirror_percentage.value
        where = (*place, "mirrorPercentage", "value")
        yield from check_percentage(value, where, smallest=False)
    for name, percent in (
        ("mirrorPercent", route.mirror_percent),
        ("mirror_percent", route.mirror_percent_snake),
    ):
        if percent is not None and percent > 100:
            yield Issue(PERCENTAGE_RANGE.code, f"{percent} is not a percentage", (*place, name))
    for number, mirror in enumerate(route.mirrors):
        if mirror.percentage is not None:
            where = (*place, "mirrors", number, "percentage", "value")
            yield from check_percentage(mirror.percentage.value, where, smallest=False)
