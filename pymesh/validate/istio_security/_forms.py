"""What the values of a policy's lists may look like."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from pymesh.validate._rules import Code, Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.validate.istio_security._values import Values

EMPTY_VALUE = Code(
    "policy-empty-value",
    "error",
    "A list of a rule holds an empty string. It could be read as *anything* or as *nothing*, so "
    "Istio refuses it.",
    "Remove the value; to match any non-empty value write `*`.",
)
IP_BLOCK = Code(
    "policy-ip-block",
    "error",
    "A value is neither an IP address nor a range in CIDR notation.",
    "Write `10.1.2.3`, `10.1.0.0/16`, `2001:db8::1` or `2001:db8::/32`.",
)
PORT = Code(
    "policy-port",
    "error",
    "A port of a rule is not a number from 0 to 65535. Names and ranges are not possible.",
    'List each port as a number in quotes, such as `"8080"`.',
)
SERVICE_ACCOUNT = Code(
    "policy-service-account",
    "error",
    "A service account is not written as `name` (in the policy's namespace) or "
    "`namespace/name`. Wildcards are not possible.",
    "Write `namespace/name`, or use `principals`, which take wildcards.",
)
WILDCARD = Code(
    "policy-wildcard-literal",
    "warning",
    "A value has a `*` that is not its only first or last character. Only one `*` at the "
    "beginning or at the end is a wildcard; any other is compared literally, so that the value "
    "will hardly ever match.",
    "Write one `*` at the beginning (suffix) or at the end (prefix); for paths use the "
    "templates `{*}` and `{**}`.",
)


def empty_values(given: Values) -> Iterator[Issue]:
    """Finds values that are empty."""
    for index, value in enumerate(given.values):
        if not value:
            yield Issue("policy-empty-value", "the value is empty", (*given.path, index))


def bad_ip_blocks(given: Values) -> Iterator[Issue]:
    """Finds values that are neither an address nor a range."""
    for index, value in enumerate(given.values):
        if value and not is_ip_block(value):
            yield Issue(
                "policy-ip-block",
                f"{value!r} is neither an IP address nor a range",
                (*given.path, index),
                hint=_hint_for_block(value),
            )


def bad_ports(given: Values) -> Iterator[Issue]:
    """Finds values that are no port numbers."""
    for index, value in enumerate(given.values):
        if value and not is_port(value):
            yield Issue(
                "policy-port", f"{value!r} is not a port from 0 to 65535", (*given.path, index)
            )


def bad_service_accounts(given: Values) -> Iterator[Issue]:
    """Finds values that are neither `name` nor `namespace/name`."""
    for index, value in enumerate(given.values):
        namespace, slash, name = value.rpartition("/")
        well_formed = name and "/" not in namespace and bool(namespace) == bool(slash)
        if value and (not well_formed or "*" in value):
            yield Issue(
                "policy-service-account",
                f"{value!r} is not `name` or `namespace/name`",
                (*given.path, index),
            )


def literal_wildcards(given: Values) -> Iterator[Issue]:
    """Finds values whose `*` is no wildcard where it stands."""
    for index, value in enumerate(given.values):
        if "*" in _without_wildcard(value) and "{" not in value:
            yield Issue(
                "policy-wildcard-literal",
                f"a `*` in {value!r} is compared literally",
                (*given.path, index),
                hint="only one `*`, at the beginning or at the end, is a wildcard",
            )


def _without_wildcard(value: str) -> str:
    """The part that is compared; a leading `*` wins over a trailing one."""
    return value[1:] if value.startswith("*") else value.removesuffix("*")


def is_ip_block(value: str) -> bool:
    """Tells whether a value is an IP address or a range in CIDR notation."""
    address, slash, bits = value.partition("/")
    if "%" in value:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not slash:
        return True
    return bool(re.fullmatch(r"0|[1-9][0-9]{0,2}", bits)) and int(bits) <= parsed.max_prefixlen


def is_port(value: str) -> bool:
    """Tells whether a value is a port number."""
    return bool(re.fullmatch(r"[0-9]{1,10}", value)) and int(value) <= 65535


def _hint_for_block(value: str) -> str:
    if "*" in value:
        return "addresses have no wildcards; write a range such as 10.1.0.0/16"
    if "-" in value:
        return "write a range of addresses in CIDR notation, such as 10.1.0.0/16"
    return ""
