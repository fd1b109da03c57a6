"""The label selector: Kubernetes' operators, and what is unknown selects nothing."""

from __future__ import annotations

import pytest

from pymesh.resources.gateway._labels import LabelSelector

LABELS = {"team": "blue", "tier": ""}


def selector(**fields: object) -> LabelSelector:
    return LabelSelector.model_validate(fields)


@pytest.mark.parametrize(
    ("labels", "selected"),
    [
        ({}, True),
        ({"team": "blue"}, True),
        ({"team": "red"}, False),
        ({"team": "blue", "tier": ""}, True),
        ({"other": ""}, False),
    ],
)
def test_every_label_must_be_there(labels: dict[str, str], selected: bool) -> None:
    assert selector(matchLabels=labels).matches(LABELS) is selected


@pytest.mark.parametrize(
    ("key", "operator", "values", "selected"),
    [
        ("team", "In", ["red", "blue"], True),
        ("team", "In", ["red"], False),
        ("other", "In", ["blue"], False),
        ("team", "NotIn", ["blue"], False),
        ("team", "NotIn", ["red"], True),
        ("other", "NotIn", ["red"], True),
        ("tier", "Exists", None, True),
        ("other", "Exists", None, False),
        ("tier", "DoesNotExist", None, False),
        ("other", "DoesNotExist", None, True),
        ("team", "Gt", ["1"], False),
        ("team", "", [], False),
    ],
)
def test_operators(key: str, operator: str, values: list[str] | None, selected: bool) -> None:
    one = {"key": key, "operator": operator, "values": values}
    assert selector(matchExpressions=[one]).matches(LABELS) is selected


def test_labels_and_expressions_must_both_hold() -> None:
    expression = {"key": "tier", "operator": "Exists"}
    assert selector(matchLabels={"team": "blue"}, matchExpressions=[expression]).matches(LABELS)
    assert not selector(matchLabels={"team": "red"}, matchExpressions=[expression]).matches(LABELS)


def test_an_empty_selector_selects_everything() -> None:
    assert selector().matches({})
