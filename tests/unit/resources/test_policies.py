"""What the typed policies tell besides their fields."""

from __future__ import annotations

from typing import Any

import pytest

from pymesh.resources.istio.authorization_policy import DRY_RUN_ANNOTATION, AuthorizationPolicy
from pymesh.resources.istio.peer_authentication import PeerAuthentication


def policy(spec: dict[str, Any], annotations: dict[str, str] | None = None) -> AuthorizationPolicy:
    tree = {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "a", "annotations": annotations or {}},
        "spec": spec,
    }
    return AuthorizationPolicy.model_validate(tree)


def test_the_action_is_allow_unless_given() -> None:
    assert policy({}).spec.action == "ALLOW"


def test_an_absent_list_of_rules_is_not_an_empty_one() -> None:
    assert policy({}).spec.rules is None
    assert policy({"rules": []}).spec.rules == ()


def test_labels_are_those_of_the_selector() -> None:
    assert policy({}).labels == {}
    assert policy({"selector": {}}).labels == {}
    assert policy({"selector": {"matchLabels": {"app": "a"}}}).labels == {"app": "a"}


def test_targets_are_of_either_field() -> None:
    target = {"kind": "Gateway", "group": "gateway.networking.k8s.io", "name": "g"}
    assert policy({}).targets == ()
    assert [each.name for each in policy({"targetRef": target}).targets] == ["g"]
    assert [each.name for each in policy({"targetRefs": [target, target]}).targets] == ["g", "g"]


@pytest.mark.parametrize(
    ("value", "dry"),
    [("true", True), ("1", True), ("TRUE", True), ("false", False), ("yes", False), ("", False)],
)
def test_dry_run_is_a_truth_value_as_istio_reads_it(value: str, dry: bool) -> None:
    assert policy({}, {DRY_RUN_ANNOTATION: value}).dry_run is dry
    assert policy({}).dry_run is False


def test_kinds_of_security_refuse_what_is_not_acted_on() -> None:
    assert AuthorizationPolicy.SECURITY
    assert PeerAuthentication.SECURITY


def test_no_mode_is_unset() -> None:
    tree = {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "a"},
        "spec": {"mtls": {}, "portLevelMtls": {"80": {}}},
    }
    spec = PeerAuthentication.model_validate(tree).spec
    assert spec.mtls is not None
    assert spec.port_level_mtls is not None
    assert {spec.mtls.mode, spec.port_level_mtls["80"].mode} == {"UNSET"}
