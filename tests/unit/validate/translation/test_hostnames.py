import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh.validate.translation.hostnames import HostTable, covers, intersect, specificity

labels = st.sampled_from(["a", "b", "www"])
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
patterns = st.one_of(st.just("*"), names, names.map("*.{}".format))


def stands_for(pattern: str, name: str) -> bool:
    """The API's words, taken literally for one name."""
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return name.endswith(pattern[1:]) and name != pattern[2:]
    return name == pattern


@given(patterns, patterns, names)
def test_an_intersection_stands_for_the_names_of_both(one: str, other: str, name: str) -> None:
    both = intersect(one, other)
    expected = stands_for(one, name) and stands_for(other, name)
    assert (both is not None and stands_for(both, name)) is expected


@given(patterns, patterns, names)
def test_a_pattern_covers_what_stands_for_no_more_names(wide: str, host: str, name: str) -> None:
    if covers(wide, host) and stands_for(host, name):
        assert stands_for(wide, name)


@given(patterns, patterns)
def test_intersecting_does_not_depend_on_the_order(one: str, other: str) -> None:
    assert intersect(one, other) == intersect(other, one)


@pytest.mark.parametrize(
    ("listener", "route", "both"),
    [
        ("test.example.com", "*", "test.example.com"),
        ("test.example.com", "*.example.com", "test.example.com"),
        ("*.example.com", "foo.test.example.com", "foo.test.example.com"),
        ("*.example.com", "example.com", None),
        ("*.example.com", "test.example.net", None),
        ("*.example.com", "notexample.com", None),
        ("*", "*", "*"),
    ],
)
def test_examples_of_the_specification(listener: str, route: str, both: str | None) -> None:
    assert intersect(listener, route) == both


def test_the_more_specific_hostname_sorts_later() -> None:
    wanted = ["*", "*.com", "*.example.com", "a.com", "a.example.com"]
    assert sorted({*wanted}, key=specificity) == wanted


@given(st.lists(patterns, max_size=6), patterns)
def test_a_table_finds_what_has_a_name_in_common(hosts: list[str], host: str) -> None:
    table = HostTable[str]()
    for one in hosts:
        table.add(one, one)
    found = table.find(host)
    assert (found is not None) is any(intersect(one, host) for one in hosts)
    assert found is None or intersect(found, host)
