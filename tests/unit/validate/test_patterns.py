"""Regular expressions by their outline."""

from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh.validate._patterns import LONGEST_REGEX, regex_problem

GOOD = [
    ".*",
    "/pay/[0-9]+(/[^/]*)?",
    "(?i)blue|red",
    "a(?i)b",
    "(?P<name>x)(?<other>y)(?:z)",
    "[]a]",
    "[^]a]*",
    "[[:alpha:]]+",
    r"[\]a]",
    r"(\Q(.*\E)?",
    r"\pL\p{Greek}\x{10FFFF}",
    "a{2}b{2,}c{2,3}?",
    "/users/{id}",
    "a{,3}",
    "(?:(a{10}){10}b{100}c){0,10}d{1000}",
    r"\(",
    "()",
    "^a$|^$",
    "(?s-m:a.b)",
    "x*?y+?z??",
]
BAD = {
    "": "empty",
    "(": "without its )",
    ")": "without its (",
    "a)(b": "without its (",
    "[a": "without its ]",
    "[]": "without its ]",
    r"a\\\ "[:-1]: "backslash",
    "*": "repeats nothing",
    "a|*b": "repeats nothing",
    "(+a)": "repeats nothing",
    "a**": "repeats nothing",
    "a*+": "repeats nothing",
    "(?=a)": "ahead or behind",
    "(?<!a)b": "ahead or behind",
    r"(a)\1": "refers back",
    "(?P=n)": "kind",
    "(?>a)": "kind",
    "(?#comment)": "kind",
    "a{3,2}": "wrong way",
    "a{1001}": "more than 1000",
    "a{1,1001}": "more than 1000",
    "(a{1000}){2}": "one count in another",
    "(?:b(a{10}|c){10}d){11}": "one count in another",
    "ä" * 513: "longer than 1024 bytes",
}


@pytest.mark.parametrize("pattern", GOOD)
def test_sound_patterns(pattern: str) -> None:
    assert regex_problem(pattern) == ""


@pytest.mark.parametrize(("pattern", "problem"), BAD.items())
def test_unsound_patterns(pattern: str, problem: str) -> None:
    assert problem in regex_problem(pattern)


# What both syntaxes know. Python does not repeat `^` and `$`.
COMMON = st.text(alphabet="ab()[]|*+?.-:/", min_size=1, max_size=12)


@given(COMMON)
def test_pythons_compiler_agrees_on_what_both_know(pattern: str) -> None:
    if re.search(r"\(\?|\[:|[*+?]\+", pattern):  # groups, classes and possession differ
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern)
        except re.error as error:
            if "bad character range" not in str(error):
                assert regex_problem(pattern), pattern
        else:
            assert regex_problem(pattern) == ""


def test_time_is_linear() -> None:
    for part in ("(", "[", "[:", "\\Q", "{1", "(?i)", "a|", "[[:a"):
        pattern = part * (LONGEST_REGEX // len(part))
        started = time.process_time()
        regex_problem(pattern)
        assert time.process_time() - started < 0.1
