from __future__ import annotations

from math import sqrt

import pytest
from fakes import request
from hypothesis import given
from hypothesis import strategies as st

from pymesh.hooks import destination
from pymesh.plugins.ab_split import AbSplit, Config
from pymesh.plugins.ab_split.plugin import cookie_value

WEIGHTS = {"v1": 90, "v2": 10}
V1, V2 = destination("v1"), destination("v2")


def test_without_a_key_the_weights_decide() -> None:
    split = AbSplit(Config(weights=WEIGHTS))
    assert split.route(request()) == destination(WEIGHTS)
    # A header that no setting names is no key.
    assert split.route(request(("x-user", "ada"))) == destination(WEIGHTS)


def test_the_same_key_goes_to_the_same_service() -> None:
    split = AbSplit(Config(weights=WEIGHTS, header="X-User"))
    again = AbSplit(Config(weights=WEIGHTS, header="x-user"))
    for number in range(200):
        user = f"user-{number}"
        chosen = split.route(request(("x-user", user)))
        assert chosen in (V1, V2)
        assert again.route(request(("X-USER", user))) == chosen


def test_the_hash_is_part_of_the_contract() -> None:
    """A changed hash would move users between variants in the middle of an experiment."""
    split = AbSplit(Config(weights={"v1": 1, "v2": 1}, header="x-user"))
    chosen = [split.choose(f"user-{number}").services[0][0] for number in range(12)]
    assert chosen == ["v2", "v1", "v1", "v2", "v2", "v2", "v1", "v2", "v1", "v1", "v1", "v1"]


def test_shares_follow_the_weights() -> None:
    split = AbSplit(Config(weights=WEIGHTS, header="x-user"))
    total = 20_000
    v2 = sum(split.choose(f"user-{number}") == V2 for number in range(total))
    # Five standard deviations of the binomial distribution; the keys are fixed, so is the result.
    assert abs(v2 - 0.1 * total) < 5 * sqrt(total * 0.1 * 0.9)


def test_a_changed_weight_moves_only_its_share() -> None:
    before = AbSplit(Config(weights={"v1": 90, "v2": 10}))
    after = AbSplit(Config(weights={"v1": 80, "v2": 20}))
    keys = [f"user-{number}" for number in range(5_000)]
    moved = [key for key in keys if before.choose(key) != after.choose(key)]
    assert all((before.choose(key), after.choose(key)) == (V1, V2) for key in moved)
    assert 350 < len(moved) < 650


def test_salt_makes_splits_independent() -> None:
    one = AbSplit(Config(weights={"v1": 1, "v2": 1}, salt="checkout"))
    two = AbSplit(Config(weights={"v1": 1, "v2": 1}, salt="search"))
    same = sum(one.choose(f"user-{n}") == two.choose(f"user-{n}") for n in range(2_000))
    assert 850 < same < 1_150


def test_cookie_is_the_key_where_the_header_is_not() -> None:
    split = AbSplit(Config(weights={"v1": 1, "v2": 1}, header="x-user", cookie="uid"))
    for number in range(50):
        user = f"user-{number}"
        chosen = split.choose(user)
        assert split.route(request(("cookie", f"a=b; uid={user}; c=d"))) == chosen
        both = request(("cookie", "uid=someone-else"), ("x-user", user))
        assert split.route(both) == chosen
    assert split.route(request(("cookie", "other=1"))) == destination({"v1": 1, "v2": 1})


def test_pin_wins_and_only_names_services() -> None:
    split = AbSplit(Config(weights={"v1": 1, "v2": 0}, header="x-user", pin_header="X-Variant"))
    assert split.route(request(("x-variant", "v2"), ("x-user", "ada"))) == V2
    assert split.route(request(("x-variant", "admin"), ("x-user", "ada"))) == V1
    assert split.route(request(("x-variant", "admin"))) == destination({"v1": 1, "v2": 0})


def test_a_weight_of_zero_gets_nothing() -> None:
    split = AbSplit(Config(weights={"v0": 0, "v1": 1, "v2": 0}))
    assert {split.choose(str(number)) for number in range(500)} == {V1}


@pytest.mark.parametrize(
    "wrong",
    [{}, {"v1": 0}, {"v1": -1}, {"v1": True}, {"v1": 1.5}, {"": 1}, {"v1": 1_000_001}, "v1", None],
)
def test_bad_weights(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"weight|service"):
        Config(weights=wrong)  # type: ignore[arg-type]


def test_salt_has_a_length() -> None:
    Config(weights=WEIGHTS, salt="x" * 64)
    with pytest.raises(ValueError, match="64 bytes"):
        Config(weights=WEIGHTS, salt="x" * 65)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        (["uid=1"], "1"),
        (["a=2; uid=1"], "1"),
        (["a=2;uid=1;"], "1"),
        (["a=2", "uid=1"], "1"),
        (["uid=1; uid=2"], "1"),
        (["uid=a=b"], "a=b"),
        (["xuid=1; UID=2; uid"], ""),
        ([], ""),
    ],
)
def test_cookie_value(fields: list[str], value: str) -> None:
    assert cookie_value(fields, "uid") == value


@given(st.lists(st.text(st.characters(max_codepoint=255)), max_size=4), st.text(min_size=1))
def test_no_cookie_and_no_key_breaks_it(fields: list[str], key: str) -> None:
    split = AbSplit(Config(weights=WEIGHTS, cookie="uid"))
    headers = [("cookie", value) for value in fields]
    assert split.route(request(*headers)) in (V1, V2, destination(WEIGHTS))
    assert split.choose(key) in (V1, V2)
