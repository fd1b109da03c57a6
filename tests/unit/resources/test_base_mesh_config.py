"""MeshConfig, from Istio's ConfigMap and as a document of its own."""

from __future__ import annotations

import textwrap

import pytest

from pymesh.resources import Mesh, parse
from pymesh.resources.istio.mesh_config import MeshConfig, MeshConfigResource
from pymesh.validate import validate

# What Istio's installer writes, and more.
MESH = """\
accessLogFile: /dev/stdout
defaultConfig:
  discoveryAddress: istiod.istio-system.svc:15012
defaultProviders: {metrics: [prometheus]}
enablePrometheusMerge: true
extensionProviders:
- name: authorizer
  envoyExtAuthzHttp: {service: auth.shop.svc.cluster.local, port: 80}
outboundTrafficPolicy: {mode: REGISTRY_ONLY}
pathNormalization: {normalization: MERGE_SLASHES}
rootNamespace: istio-system
trustDomain: example.org
trustDomainAliases: [old.example.org]
"""


def config_map(mesh: str, style: str = "|-", indent: str = "    ") -> str:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
    text = textwrap.indent(mesh, indent)
    return f"{head}data:\n  meshNetworks: 'networks: {{}}'\n  mesh: {style}\n{text}"


def test_defaults_are_those_of_istio() -> None:
    config = Mesh().config
    assert config == MeshConfig()
    assert config.root_namespace == "istio-system"
    assert config.trust_domain == "cluster.local"
    assert config.outbound_traffic_policy.mode == "ALLOW_ANY"
    assert config.default_service_export_to == ("*",)


@pytest.mark.parametrize("style", ["|-", "|", "|+"])
def test_config_map(style: str) -> None:
    parsed = parse(config_map(MESH, style), "a.yaml")
    config = Mesh(parsed.resources).config
    assert config.trust_domain == "example.org"
    assert config.trust_domain_aliases == ("old.example.org",)
    assert config.outbound_traffic_policy.mode == "REGISTRY_ONLY"
    assert config.path_normalization.normalization == "MERGE_SLASHES"
    assert [provider.name for provider in config.extension_providers] == ["authorizer"]
    found = {(one.code, one.severity, one.line) for one in parsed.findings}
    assert found == {
        ("not-acted-on", "warning", 7),
        ("no-effect", "info", 8),
        ("not-acted-on", "warning", 10),
        ("not-acted-on", "warning", 11),
        ("not-acted-on", "warning", 14),
    }
    assert all(one.resource is not None and one.resource.kind == "MeshConfig"
               for one in parsed.findings)  # fmt: skip
    assert [document.valid for document in validate(parsed).documents] == [True]


def test_findings_are_at_their_place_in_the_block() -> None:
    text = "# first\n---\n" + config_map("\n\ntrustDomain: a\noutbound:\n  mode: x\n")
    parsed = parse(text, "a.yaml")
    (finding,) = parsed.findings
    line = text.split("\n").index("    outbound:") + 1
    assert (finding.code, finding.line, finding.column) == ("unknown-field", line, 5)
    assert finding.hint.startswith("known are")
    report = validate(parsed)
    assert [document.valid for document in report.documents] == [False]


def test_rules_speak_of_the_block_too() -> None:
    report = validate(parse(config_map("rootNamespace: a\ntrustDomain: a/b\n"), "a.yaml"))
    (finding,) = report.findings
    assert (finding.code, finding.line, finding.column) == ("mesh-config-trust-domain", 8, 18)
    assert not report.documents[0].valid


@pytest.mark.parametrize("mesh", ["a: [", "- a", "a: &a [*a]", "trustDomain: 1e999"])
def test_a_block_that_cannot_be_read(mesh: str) -> None:
    parsed = parse(config_map(mesh), "a.yaml")
    assert len(parsed.findings) == 1
    assert parsed.findings[0].severity == "error"
    assert parsed.findings[0].line >= 6
    assert not parsed.documents[0].valid


def test_a_quoted_text_is_found_as_a_whole() -> None:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\n"
    parsed = parse(f'{head}data:\n  mesh: "trustDomain: a\\nfoo: 1\\n"\n', "a.yaml")
    (finding,) = parsed.findings
    assert (finding.code, finding.line, finding.column) == ("unknown-field", 5, 9)


def test_other_config_maps_are_left_alone() -> None:
    text = config_map("a: [").replace("name: istio,", "name: other,")
    assert parse(text, "a.yaml").findings == []


def test_trusted_proxies_are_the_flag_of_a_proxy() -> None:
    text = config_map("defaultConfig:\n  gatewayTopology: {numTrustedProxies: 2}\n")
    found = {one.code: one for one in validate(parse(text, "a.yaml")).findings}
    assert set(found) == {"no-effect", "not-acted-on"}
    assert (found["not-acted-on"].line, found["not-acted-on"].column) == (8, 44)
    assert found["not-acted-on"].hint == "give the proxy --trusted-hops"


def test_document() -> None:
    text = "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: m}\nspec:\n"
    parsed = parse(text + textwrap.indent("trustDomain: example.org\n", "  "), "a.yaml")
    assert parsed.findings == []
    assert Mesh(parsed.resources).config.trust_domain == "example.org"


def test_that_of_istio_system_is_taken_before_others() -> None:
    text = config_map("trustDomain: b")
    other = text.replace("istio-system", "a").replace("Domain: b", "Domain: a")
    mesh = Mesh(parse(f"{other}\n---\n{text}", "a.yaml").resources)
    assert mesh.config.trust_domain == "b"
    assert len(mesh.of(MeshConfigResource)) == 2
