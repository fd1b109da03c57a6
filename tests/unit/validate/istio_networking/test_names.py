"""Names of hosts, labels and addresses, and which hosts overlap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh.validate.istio_networking._names import (
    HostSet,
    fqdn_problem,
    full_host,
    host_problem,
    label_problem,
    partial_wildcard,
    subnet_problem,
)

HOSTS = [
    "pay",
    "Pay.Example",
    "pay.example.",
    "*",
    "*.example",
    "*pay",
    "*-pay.example",
    "a" * 63,
]
NOT_HOSTS = [
    "",
    "pay_1",
    "-pay",
    "pay-",
    "pay..example",
    ".example",
    "pay.*.example",
    "a*.example",
    "**.example",
    "pay.example.123",
    "https://pay",
    "pay:80",
    "pay/x",
    "pay example",
    "a" * 64,
    ".".join(["a" * 50] * 6),
    "päy.example",
]


@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str) -> None:
    assert host_problem(host) == ""


@pytest.mark.parametrize("host", NOT_HOSTS)
def test_what_is_not_a_host(host: str) -> None:
    assert host_problem(host)


def test_a_name_to_look_up_has_no_wildcard() -> None:
    assert fqdn_problem("pay.example") == ""
    assert "wildcard" in fqdn_problem("*.example")


def test_wildcards_for_a_part_of_a_label() -> None:
    assert [host for host in HOSTS if partial_wildcard(host)] == ["*pay", "*-pay.example"]


@pytest.mark.parametrize("subnet", ["10.0.0.1", "10.0.0.1/8", "::1", "fe80::/10", "0.0.0.0/0"])
def test_subnets(subnet: str) -> None:
    assert subnet_problem(subnet) == ""


@pytest.mark.parametrize(
    "subnet", ["", "pay", "10.0.0", "10.0.0.1/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/255.0.0.0"]
)
def test_what_is_not_a_subnet(subnet: str) -> None:
    assert subnet_problem(subnet)


@pytest.mark.parametrize(
    ("name", "value"),
    [("app", "pay"), ("app", ""), ("example.com/app", "a.b_c-d"), ("istio.io/rev", "1")],
)
def test_labels(name: str, value: str) -> None:
    assert label_problem(name, value) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("", "a"), ("/app", "a"), ("a_b/app", "a"), ("app/", "a"), ("-a", "a"), ("app", "a b"),
     ("app", "a*"), ("app", "-"), ("a" * 64, "a"), ("app", "a" * 64)],
)  # fmt: skip
def test_what_is_not_a_label(name: str, value: str) -> None:
    assert label_problem(name, value)


@pytest.mark.parametrize(
    ("host", "full"),
    [
        ("pay", "pay.shop.svc.cluster.local"),
        ("Pay", "pay.shop.svc.cluster.local"),
        ("pay.web", "pay.web"),
        ("pay.example.", "pay.example"),
        ("*", "*"),
        ("*.example", "*.example"),
    ],
)
def test_full_hosts(host: str, full: str) -> None:
    assert full_host(host, "shop", "cluster.local") == full


NAMES = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(".".join)
PATTERNS = NAMES | NAMES.map("*.{}".format) | st.just("*") | NAMES.map("*{}".format)


def covers(wide: str, narrow: str) -> bool:
    """Whether every host of one pattern is one of the other's."""
    if not wide.startswith("*"):
        return wide == narrow
    return narrow.removeprefix("*").endswith(wide[1:])


@given(st.lists(PATTERNS, max_size=5), PATTERNS)
def test_a_set_of_hosts_finds_what_a_search_would(hosts: list[str], host: str) -> None:
    found = HostSet(hosts).covering(host)
    assert (found is not None) == any(covers(one, host) for one in hosts)
    assert found is None or covers(hosts[found], host)


@given(st.lists(PATTERNS, min_size=1, max_size=5))
def test_a_host_is_not_found_in_itself(hosts: list[str]) -> None:
    known = HostSet(hosts)
    for index, host in enumerate(hosts):
        found = known.covering(host, other_than=index)
        assert found != index
        if hosts.count(host) == 1:
            others = hosts[:index] + hosts[index + 1 :]
            assert (found is not None) == any(covers(one, host) for one in others)
