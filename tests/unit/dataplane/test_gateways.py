from __future__ import annotations

from typing import Any

import pytest

from pymesh.dataplane.gateways import Serving, serving
from pymesh.errors import PymeshError, render
from pymesh.settings import PROXY, resolve

WEB = {"gateway": "shop/web", "name": "http", "port": 80}
ADMIN = {"gateway": "ops/admin", "name": "http", "port": 8080, "bind": "10.0.0.1"}
EDGE = {
    "gateway": "istio-system/edge",
    "name": "http",
    "port": 80,
    "selector": {"istio": "ingressgateway"},
}


def served(listeners: list[dict[str, Any]], **flags: list[str]) -> Serving:
    texts = {name.replace("_", "-"): given for name, given in flags.items()}
    return serving(resolve(PROXY, {"file": ["mesh"]} | texts, {}), listeners)


def refusal(listeners: list[dict[str, Any]], **flags: list[str]) -> str:
    with pytest.raises(PymeshError) as caught:
        served(listeners, **flags)
    return render(caught.value)


def test_every_gateway_is_served_on_its_ports() -> None:
    found = served([WEB, ADMIN], namespace=["shop"])
    assert found.gateways == ["shop/web", "ops/admin"]
    assert found.listen == ["80=:80", "8080=10.0.0.1:8080"]


def test_a_gateway_can_be_chosen_and_gives_its_namespace() -> None:
    found = served([WEB, ADMIN], gateway=["shop/web"])
    assert (found.gateways, found.namespace) == (["shop/web"], "shop")
    assert served([WEB], namespace=["edge"]).namespace == "edge"


def test_a_proxy_has_the_labels_that_its_gateways_ask_for() -> None:
    assert served([EDGE]).labels == {"istio": "ingressgateway"}
    found = served([EDGE], label=["istio=ingressgateway", "app=edge"])
    assert found.labels == {"istio": "ingressgateway", "app": "edge"}


def test_labels_do_not_choose_among_gateways_of_gateway_api() -> None:
    own = {"gateway.networking.k8s.io/gateway-name": "web"}
    found = served([WEB | {"selector": own}], label=["app=edge"])
    assert found.gateways == [WEB["gateway"]]
    assert found.labels == {"app": "edge"} | own


def test_labels_choose_among_gateways() -> None:
    found = served([WEB, EDGE], label=["istio=egressgateway"])
    assert found.gateways == ["shop/web"]
    assert found.labels == {"istio": "egressgateway"}
    assert "no gateway of the files selects" in refusal([EDGE], label=["istio=egressgateway"])


def test_gateways_whose_policies_could_not_all_hold_are_not_served_together() -> None:
    assert "several namespaces: ops, shop" in refusal([WEB, ADMIN])
    other = EDGE | {"gateway": "istio-system/inner", "selector": {"istio": "inner"}, "port": 81}
    assert "want different labels istio" in refusal([EDGE, other])
    assert served([EDGE, other], gateway=["istio-system/inner"]).labels == {"istio": "inner"}


def test_addresses_can_be_given_per_port() -> None:
    assert served([WEB], listen=["127.0.0.1:9000"]).listen == ["80=127.0.0.1:9000"]
    listen = ["8080=:9001", "80=127.0.0.1:9000"]
    found = served([WEB, ADMIN], listen=listen, namespace=["shop"])
    assert found.listen == ["8080=:9001", "80=127.0.0.1:9000"]


def test_what_is_not_served_in_plaintext_is_not_listened_on() -> None:
    secure = WEB | {"port": 443, "protocol": "https"}
    assert served([WEB, secure]).listen == ["80=:80"]


def test_a_gateway_that_is_asked_for_and_cannot_be_served_is_refused() -> None:
    secure = WEB | {"port": 443, "protocol": "https"}
    assert "shop/web has no listener for plaintext HTTP" in refusal([secure], gateway=["shop/web"])


def test_without_gateways_it_is_a_client_in_the_mesh() -> None:
    found = served([])
    assert (found.listen, found.gateways) == (["127.0.0.1:8080"], [])


def test_what_the_files_do_not_have_is_refused_with_what_they_have() -> None:
    assert "did you mean shop/web?" in refusal([WEB], gateway=["shop/wbe"])
    assert "the HTTP ports are 80" in refusal([WEB], listen=["81=:81"])
    assert "its ports are 80, 8080" in refusal([WEB, ADMIN], listen=[":9000"], namespace=["shop"])
    assert "no gateway has port 80" in refusal([], listen=["80=:9000"])
