"""What Istio's admission takes and refuses of a DestinationRule."""

from __future__ import annotations

from typing import Any

import pytest
from networking import errors, found, resource


def destination_rule(**spec: Any) -> dict[str, Any]:
    return resource("DestinationRule", {"host": "pay", **spec})


POLICIES: dict[str, Any] = {
    "a pool": {
        "connectionPool": {
            "tcp": {"maxConnections": 1, "connectTimeout": "30ms", "idleTimeout": "0s"},
            "http": {"http1MaxPendingRequests": 1, "h2UpgradePolicy": "UPGRADE"},
        }
    },
    "outliers": {"outlierDetection": {"consecutive5xxErrors": 0, "maxEjectionPercent": 100}},
    "a port": {
        "portLevelSettings": [{"port": {"number": 80}, "loadBalancer": {"simple": "RANDOM"}}]
    },
    "a hash": {
        "loadBalancer": {
            "consistentHash": {"httpCookie": {"name": "user", "ttl": "0s"}, "ringHash": {}}
        }
    },
    "a table": {
        "loadBalancer": {"consistentHash": {"useSourceIp": True, "maglev": {"tableSize": 65537}}}
    },
    "failover": {"loadBalancer": {"localityLbSetting": {"failover": [{"from": "eu", "to": "us"}]}}},
    "distribution": {
        "loadBalancer": {
            "localityLbSetting": {
                "distribute": [
                    {"from": "eu/a/*", "to": {"eu/a/*": 90, "eu/b/*": 10}},
                    {"from": "eu/b/*", "to": {"*": 100}},
                ]
            }
        }
    },
    "files": {
        "tls": {"mode": "MUTUAL", "clientCertificate": "/a", "privateKey": "/b", "sni": "a.example"}
    },
    "a credential": {"tls": {"mode": "SIMPLE", "credentialName": "client"}},
    "the workload's own": {"tls": {"mode": "ISTIO_MUTUAL"}},
    "any certificate": {"tls": {"mode": "SIMPLE", "insecureSkipVerify": True}},
    "a tunnel": {"tunnel": {"targetHost": "10.0.0.1", "targetPort": 3128}},
    "PROXY protocol": {"proxyProtocol": {"version": "V2"}},
    "a budget": {"retryBudget": {"percent": 20}},
}
WRONG: dict[str, tuple[Any, str, str]] = {
    "no settings of a pool": ({"connectionPool": {}}, "traffic-policy-empty", "connectionPool"),
    "no settings of a port": (
        {"portLevelSettings": [{"port": {"number": 80}}]},
        "traffic-policy-empty",
        "portLevelSettings[0]",
    ),
    "no port": (
        {"portLevelSettings": [{"port": {}, "tls": {"mode": "DISABLE"}}]},
        "port-range",
        "portLevelSettings[0].port.number",
    ),
    "a tunnel with PROXY protocol": (
        {"tunnel": {"targetHost": "a", "targetPort": 1}, "proxyProtocol": {}},
        "traffic-policy-conflict",
        "proxyProtocol",
    ),
    "two versions of HTTP": (
        {"connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE", "useClientProtocol": True}}},
        "traffic-policy-conflict",
        "connectionPool.http.useClientProtocol",
    ),
    "fewer than no connections": (
        {"connectionPool": {"tcp": {"maxConnections": -1}}},
        "limit-negative",
        "connectionPool.tcp.maxConnections",
    ),
    "negative idleness": (
        {"connectionPool": {"tcp": {"idleTimeout": "-1s"}}},
        "limit-negative",
        "connectionPool.tcp.idleTimeout",
    ),
    "more than all endpoints": (
        {"outlierDetection": {"maxEjectionPercent": 101}},
        "percentage-range",
        "outlierDetection.maxEjectionPercent",
    ),
    "a share of a millisecond": (
        {"outlierDetection": {"interval": "1.0001s"}},
        "duration-precision",
        "outlierDetection.interval",
    ),
    "two ways of balancing": (
        {"loadBalancer": {"simple": "RANDOM", "consistentHash": {}}},
        "exclusive-fields",
        "loadBalancer.consistentHash",
    ),
    "two keys": (
        {"loadBalancer": {"consistentHash": {"useSourceIp": True, "httpHeaderName": "a"}}},
        "exclusive-fields",
        "loadBalancer.consistentHash.useSourceIp",
    ),
    "a ring and a table": (
        {"loadBalancer": {"consistentHash": {"ringHash": {}, "maglev": {"tableSize": 7}}}},
        "exclusive-fields",
        "loadBalancer.consistentHash.maglev",
    ),
    "a table of no size": (
        {"loadBalancer": {"consistentHash": {"maglev": {}}}},
        "hash-invalid",
        "loadBalancer.consistentHash.maglev",
    ),
    "a table too large": (
        {"loadBalancer": {"consistentHash": {"maglev": {"tableSize": 5000011}}}},
        "hash-invalid",
        "loadBalancer.consistentHash.maglev.tableSize",
    ),
    "a cookie without a name": (
        {"loadBalancer": {"consistentHash": {"httpCookie": {"name": ""}}}},
        "hash-invalid",
        "loadBalancer.consistentHash.httpCookie.name",
    ),
    "the old ring": (
        {"loadBalancer": {"consistentHash": {"minimumRingSize": 1, "ringHash": {}}}},
        "load-balancer-conflict",
        "loadBalancer.consistentHash.minimumRingSize",
    ),
    "zones and localities": (
        {"loadBalancer": {"zoneAwareLbSetting": {}, "localityLbSetting": {}}},
        "load-balancer-conflict",
        "loadBalancer.zoneAwareLbSetting",
    ),
    "a share of nothing": (
        {"loadBalancer": {"localityLbSetting": {"distribute": [{"from": "a", "to": {"b": 0}}]}}},
        "locality-invalid",
        "loadBalancer.localityLbSetting.distribute[0].to.b",
    ),
    "a region over itself": (
        {"loadBalancer": {"localityLbSetting": {"failover": [{"from": "eu", "to": "eu"}]}}},
        "locality-invalid",
        "loadBalancer.localityLbSetting.failover[0].to",
    ),
    "a zone over": (
        {"loadBalancer": {"zoneAwareLbSetting": {"failover": [{"from": "eu/a", "to": "us"}]}}},
        "locality-invalid",
        "loadBalancer.zoneAwareLbSetting.failover[0].from",
    ),
    "files and a credential": (
        {"tls": {"mode": "SIMPLE", "credentialName": "a", "caCertificates": "/a"}},
        "client-tls-invalid",
        "tls.caCertificates",
    ),
    "names to check, and no check": (
        {"tls": {"mode": "SIMPLE", "insecureSkipVerify": True, "subjectAltNames": ["a"]}},
        "client-tls-invalid",
        "tls.subjectAltNames",
    ),
}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_policies_that_are_taken(policy: Any) -> None:
    assert errors(destination_rule(trafficPolicy=policy)) == set()


@pytest.mark.parametrize(("policy", "code", "path"), WRONG.values(), ids=list(WRONG))
def test_policies_that_are_refused(policy: Any, code: str, path: str) -> None:
    assert (code, f"spec.trafficPolicy.{path}") in errors(destination_rule(trafficPolicy=policy))


@pytest.mark.parametrize(("policy", "code", "path"), WRONG.values(), ids=list(WRONG))
def test_policies_of_subsets_are_looked_at_too(policy: Any, code: str, path: str) -> None:
    tree = destination_rule(subsets=[{"name": "v1", "trafficPolicy": policy}])
    assert (code, f"spec.subsets[0].trafficPolicy.{path}") in errors(tree)


def test_primes_are_told_from_others() -> None:
    def refused(size: int) -> bool:
        hashing = {"useSourceIp": True, "maglev": {"tableSize": size}}
        policy = {"loadBalancer": {"consistentHash": hashing}}
        return bool(errors(destination_rule(trafficPolicy=policy)))

    assert [size for size in range(30) if not refused(size)] == [
        1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29,
    ]  # fmt: skip
    assert refused(65537 * 71)
    assert not refused(4_999_999)


def test_localities_within_earlier_ones_are_refused() -> None:
    def refused(*localities: str) -> set[str]:
        entries = [{"from": one, "to": {"a": 100}} for one in localities]
        policy = {"loadBalancer": {"localityLbSetting": {"distribute": entries}}}
        return {path.rsplit("distribute", 1)[1] for _, path in errors(
            destination_rule(trafficPolicy=policy)
        )}  # fmt: skip

    assert refused("eu/a/x", "eu/a/y", "eu/b", "us") == set()
    assert refused("eu/a", "eu/a") == {"[1].from"}
    assert refused("eu", "eu/a/b") == {"[1].from"}
    assert refused("eu/*", "eu/a") == {"[1].from"}
    assert refused("*", "eu") == {"[1].from"}
    assert refused("eu//x") == {"[0].from"}


def test_a_selector_of_clients() -> None:
    good = destination_rule(workloadSelector={"matchLabels": {"app": "web"}}, exportTo=["."])
    assert errors(good) == set()
    assert "workload-selector-empty" in found(destination_rule(workloadSelector={}))
    wide = destination_rule(workloadSelector={"matchLabels": {"app": "web"}}, exportTo=["*"])
    assert errors(wide) == {("export-to-conflict", "spec.exportTo[0]")}
