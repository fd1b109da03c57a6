"""The short forms of who asks and where to."""

from __future__ import annotations

import pytest

from pymesh.answers import Source, To
from pymesh.errors import PymeshError
from pymesh.explain import destination_of, source_of
from pymesh.wire import Documents, Endpoint, Endpoints, Service

NOTHING = Documents()
SHOP = Documents(
    services=(
        Service(namespace="shop", name="web", host="web", selector={"app": "web"}),
        Service(namespace="shop", name="api", host="api", selector={"app": "api"}),
    ),
    endpoints=(
        Endpoints(
            service="shop/api",
            endpoints=(
                Endpoint(
                    address="10.0.0.1:80",
                    labels={"app": "api", "version": "v1"},
                    service_account="runner",
                ),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web", Source(namespace="default", service_account="web", labels={"app": "web"})),
        ("web.shop", Source(namespace="shop", service_account="web", labels={"app": "web"})),
        ("web.shop/x.y", Source(namespace="shop", service_account="x.y", labels={"app": "web"})),
        ("web/x", Source(namespace="default", service_account="x", labels={"app": "web"})),
    ],
)
def test_a_source_without_a_service(text: str, expected: Source) -> None:
    assert source_of(text, NOTHING) == expected


def test_a_source_is_what_its_service_selects_or_its_endpoint_is() -> None:
    assert source_of("web.shop", SHOP).labels == {"app": "web"}
    api = source_of("api.shop", SHOP)
    assert api.labels == {"app": "api", "version": "v1"}
    assert api.service_account == "runner"
    assert source_of("api.shop/other", SHOP).service_account == "other"


@pytest.mark.parametrize("text", ["", ".", "web.", "web/", "/x", ".shop", "web.shop.svc"])
def test_what_is_no_source(text: str) -> None:
    with pytest.raises(PymeshError) as raised:
        source_of(text, NOTHING)
    assert raised.value.code == "bad-value"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pay", To(host="pay")),
        ("pay.shop.svc:8080", To(host="pay.shop.svc", port=8080)),
        ("[::1]", To(host="[::1]")),
        ("[::1]:80", To(host="[::1]", port=80)),
    ],
)
def test_a_destination(text: str, expected: To) -> None:
    assert destination_of(text) == expected


@pytest.mark.parametrize("text", ["", ":80", "pay:", "pay:0", "pay:70000", "pay:x", "pay:-1"])
def test_what_is_no_destination(text: str) -> None:
    with pytest.raises(PymeshError) as raised:
        destination_of(text)
    assert raised.value.code == "bad-value"
