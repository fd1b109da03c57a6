"""Our reading of Istio's and Gateway API's kinds against the schemas that they publish.

The schemas are in the shared data folder beside the project; without it these tests are skipped.
PYMESH_TEST_SEED and PYMESH_TEST_MUTANTS make other and more objects than those of every run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import yaml
from published import listing, mutations, ours, schemas

from pymesh.resources import Finding

server = pytest.importorskip("published.server", reason="cel-expr-python is not installed")

PUBLISHED = schemas.read()
pytestmark = pytest.mark.skipif(
    not PUBLISHED, reason="the published schemas are not beside the project (shared/data/crds)"
)

SEED = int(os.environ.get("PYMESH_TEST_SEED", "20260721"))
MUTANTS = int(os.environ.get("PYMESH_TEST_MUTANTS", "600"))
"""At most this many single changes of one object are looked at."""
COMBINED = MUTANTS // 4
"""Objects with several changes, for each good object."""

MARKED = {listing.NOT_YET, listing.IGNORED}
KINDS = [version for versions in PUBLISHED.values() for version in versions]
EXAMPLES = sorted((Path(schemas.__file__).parent / "examples").glob("*.yaml"))

STRICTER = {
    "security.istio.io": {
        # Istio's own admission.
        "policy-condition-key",
        "policy-condition-values",
        "policy-custom-identity",
        "policy-empty-clause",
        "policy-empty-value",
        "policy-ip-block",
        "policy-path-template",
        "policy-port",
        "policy-provider-missing",
        "policy-provider-unused",
        "policy-service-account",
        "policy-target-kind",
        "policy-without-rules",
        # Nobody here could enforce it.
        "policy-condition-not-evaluated",
        "policy-target-not-enforced",
    },
    "gateway.networking.k8s.io": {
        # The matcher could not compile it.
        "route-regex",
        # The rule that the schema means, for more than one backend, too.
        "backend-prefix-replacement-match",
    },
    "networking.istio.io": {
        # Istio's own admission.
        "address-invalid",
        "authority-repeated",
        "body-too-large",
        "claim-without-gateway",
        "client-tls-invalid",
        "cors-max-age",
        "cors-method-unknown",
        "cors-origin-empty",
        "delegate-conflict",
        "duration-precision",
        "endpoint-port-unknown",
        "export-to-conflict",
        "export-to-invalid",
        "fault-invalid",
        "gateway-incomplete",
        "gateway-name-invalid",
        "gateway-port-name-repeated",
        "gateway-resource-name",
        "gateway-target-port",
        "gateway-tls-credentials",
        "gateway-tls-missing",
        "gateway-tls-unexpected",
        "hash-invalid",
        "header-name-invalid",
        "header-value-invalid",
        "host-invalid",
        "host-repeated",
        "host-short",
        "host-wildcard-mesh",
        "l4-route-incomplete",
        "label-invalid",
        "limit-negative",
        "load-balancer-conflict",
        "locality-invalid",
        "namespace-invalid",
        "percentage-range",
        "port-name-invalid",
        "port-range",
        "port-settings-without-port",
        "protocol-unknown",
        "redirect-invalid",
        "regex-invalid",
        "retry-invalid",
        "rewrite-invalid",
        "route-action-conflict",
        "route-without-action",
        "service-entry-dns-host",
        "service-entry-tcp-hosts",
        "sni-host-outside",
        "status-invalid",
        "string-match-empty",
        "subset-name-invalid",
        "subset-repeated",
        "traffic-policy-conflict",
        "traffic-policy-empty",
        "tunnel-invalid",
        "unix-endpoint-ports",
        "virtual-service-empty",
        "warmup-aggression",
        "weight-negative",
        "weight-sum-zero",
        "workload-address-missing",
    },
}
"""The codes of errors about objects that an API server takes: what other admission checks refuse,
and what could not be carried out as it is meant."""

STRICTER_AT = {
    ("missing-field", "DestinationRule", "spec"),  # Istio asks for its host
    ("invalid-value", "DestinationRule", "httpCookie.ttl"),  # a duration, as Istio decodes it
    ("invalid-value", "DestinationRule", "tcp.idleTimeout"),
    ("invalid-value", "DestinationRule", "retryBudget.budgetInterval"),
    ("invalid-value", "VirtualService", "body.bytes"),  # base64
}
"""The same for the codes of the reader itself, each with the one field that it is about."""


class Example(NamedTuple):
    """A good object of a kind."""

    published: schemas.Published
    spec: Any


def examples() -> Iterator[Example]:
    for file in EXAMPLES:
        document = yaml.safe_load(file.read_text())
        versions = PUBLISHED.get((document["group"], document["kind"]), [])
        for spec in document["specs"] if versions else ():
            yield Example(versions[0], spec)


GOOD = list(examples())


def name_of(value: object) -> str:
    if isinstance(value, Example):
        return f"{value.published.group}/{value.published.kind}"
    assert isinstance(value, schemas.Published)
    return f"{value.group}/{value.version}/{value.kind}"


def findings(published: schemas.Published, specs: list[Any]) -> list[list[Finding]]:
    version = f"{published.group}/{published.version}"
    return list(ours.findings(version, published.kind, specs))


@pytest.mark.parametrize("published", KINDS, ids=name_of)
def test_every_published_field_is_known_and_no_other(published: schemas.Published) -> None:
    fields = listing.fields(published)
    assert fields
    assert [field.path for field in fields if field.state == listing.REFUSED] == []
    assert [field.path for field in fields if field.schema is None] == []


@pytest.mark.parametrize("versions", list(PUBLISHED.values()), ids=lambda each: name_of(each[0]))
def test_every_version_of_a_kind_is_read(versions: list[schemas.Published]) -> None:
    for published in versions:
        (found,) = findings(published, [example_of(published)])
        assert ours.errors(found) <= {"not-acted-on"}, found


def example_of(published: schemas.Published) -> Any:
    return next(each.spec for each in GOOD if each.published[:2] == published[:2])


def test_page_of_fields_is_current() -> None:
    assert listing.PAGE.read_text() == listing.page(), "run python -m published.listing"


@pytest.mark.parametrize("kind", sorted({each[:2] for each in KINDS}))
def test_every_kind_has_good_examples(kind: tuple[str, str]) -> None:
    assert kind in {each.published[:2] for each in GOOD}


@pytest.mark.parametrize("example", GOOD, ids=name_of)
def test_good_objects_are_taken_by_both(example: Example) -> None:
    assert server.problems(*example) == []
    (found,) = findings(example.published, [example.spec])
    assert ours.errors(found) == set(), found


@pytest.mark.parametrize("kind", sorted({each[:2] for each in KINDS}), ids="/".join)
def test_every_field_that_is_not_acted_on_is_a_finding(kind: tuple[str, str]) -> None:
    told = set()
    for published, spec in (each for each in GOOD if each.published[:2] == kind):
        mutants = mutations.mutants(spec, published.spec, Random(SEED))
        with_more = [mutant for what, mutant in mutants if re.search(r": has \w+ \(\d\)$", what)]
        for found in findings(published, [spec, *with_more]):
            told |= {
                re.sub(r"\[\d+\]", "[]", finding.path)
                for finding in found
                if finding.code in {"not-acted-on", "no-effect"}
            }
    published = PUBLISHED[kind][0]
    marked = {f"spec.{field.path}" for field in listing.fields(published) if field.state in MARKED}
    assert {path for path in marked if not any(covers(path, each) for each in told)} == set()


def covers(path: str, told: str) -> bool:
    """Whether a finding is about a field; its keys of mappings stand for `{}`."""
    pattern = re.escape(path).replace(r"\{\}", r"(\.[^.[]*|\[\"[^\"]*\"\])")
    return re.fullmatch(pattern, told) is not None


def is_meant(published: schemas.Published, finding: Finding) -> bool:
    return finding.code in STRICTER[published.group] or any(
        (finding.code, published.kind) == (code, kind) and f".{finding.path}".endswith(f".{field}")
        for code, kind, field in STRICTER_AT
    )


@pytest.mark.parametrize("example", GOOD, ids=name_of)
def test_verdicts_on_changed_objects_are_the_same(example: Example) -> None:
    published, spec = example
    random = Random(SEED)
    mutants = list(mutations.mutants(spec, published.spec, random))
    if len(mutants) > MUTANTS:
        mutants = random.sample(mutants, MUTANTS)
    mutants += mutations.combined(spec, published.spec, random, COMBINED)
    too_loose, too_strict = [], []
    verdicts = findings(published, [mutant for _, mutant in mutants])
    for (what, mutant), found in zip(mutants, verdicts, strict=True):
        refused = server.problems(published, mutant)
        errors = [finding for finding in found if finding.severity == "error"]
        if refused and not errors:
            too_loose.append((what, refused[:2]))
        if not refused:
            too_strict += [(what, each) for each in errors if not is_meant(published, each)]
    assert too_loose == [], "we take what an API server refuses"
    assert too_strict == [], "we refuse what an API server takes"
