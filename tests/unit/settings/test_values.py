from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymesh.settings import values


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("500ms", 500),
        ("2s", 2_000),
        ("1.5s", 1_500),
        ("1m", 60_000),
        ("0.5h", 1_800_000),
        ("8760h", 31_536_000_000),
        ("0", 0),
        ("off", 0),
    ],
)
def test_duration(text: str, milliseconds: int) -> None:
    assert values.duration(text) == milliseconds


@pytest.mark.parametrize(
    "text",
    ["", "5", "s", "ms", "-1s", "+1s", "1 s", "1e3s", ".5s", "5.s", "1d", "8761h", "0.1ms", "infs",
     "\u0661s"],
)  # fmt: skip
def test_bad_duration(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        values.duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("512", 512), ("16KiB", 16_384), ("1MiB", 1 << 20), ("2GiB", 2 << 30), ("7B", 7), ("off", 0)],
)
def test_size(text: str, size: int) -> None:
    assert values.size_or_off(text) == size


@pytest.mark.parametrize("text", ["", "KiB", "-1", "1.5KiB", "1kb", "1KB", "1024GiB", "1_000"])
def test_bad_size(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        values.size_or_off(text)


@pytest.mark.parametrize("text", ["15", "off", "2KiB"])
def test_size_has_bounds(text: str) -> None:
    assert values.size(16, 1024)("1KiB") == 1024
    with pytest.raises(ValueError, match="must be"):
        values.size(16, 1024)(text)


@pytest.mark.parametrize("text", ["off", "0", "none"])
def test_some_times_cannot_be_off(text: str) -> None:
    assert values.needed_duration("1s") == 1000
    with pytest.raises(ValueError, match="must be a time"):
        values.needed_duration(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":8080", ":8080"),
        ("127.0.0.1:0", "127.0.0.1:0"),
        ("[::1]:80", "[::1]:80"),
        ("localhost:65535", "localhost:65535"),
    ],
)
def test_address(text: str, address: str) -> None:
    assert values.address(text) == address


NOT_ADDRESSES = [
    "", "8080", "host", "host:", "host:http", "host:65536", "host:-1", "::1:80", "[::1]", "[]:1",
    "[host]:1", "http://host:80", "user@host:80", "ho st:80", "host:80/path", "host:\u0661",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_bad_address(text: str) -> None:
    for parse in (values.address, values.admin, values.target):
        with pytest.raises(ValueError, match="must"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "admin"),
    [
        ("off", None),
        ("unix:/run/pymesh.sock", "unix:/run/pymesh.sock"),
        (":15000", "127.0.0.1:15000"),
        ("127.0.0.2:0", "127.0.0.2:0"),
        ("[::1]:15000", "[::1]:15000"),
        ("localhost:15000", "localhost:15000"),
    ],
)
def test_admin(text: str, admin: str | None) -> None:
    assert values.admin(text) == admin


@pytest.mark.parametrize("text", ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "example.org:1", "unix:"])
def test_admin_is_never_open_to_others(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        values.admin(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("127.0.0.1:9000", ("upstream", "127.0.0.1", 9000, 1)),
        ("blue=127.0.0.1:9000@3", ("blue", "127.0.0.1", 9000, 3)),
        ("v-2=[::1]:80", ("v-2", "::1", 80, 1)),
        ("web:80@10000", ("upstream", "web", 80, 10_000)),
    ],
)
def test_target(text: str, parts: tuple[str, str, int, int]) -> None:
    found = values.target(text)
    assert (found.service, found.host, found.port, found.weight) == parts


@pytest.mark.parametrize(
    "text",
    [
        ":9000", "host:0", "host:1@", "host:1@0", "host:1@10001", "host:1@x", "=host:1", "A=host:1",
        "a_b=host:1", "-a=host:1", "a-=host:1", "a=b=host:1", f"{'a' * 64}=host:1", "\xe4=host:1",
    ],
)  # fmt: skip
def test_bad_target(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        values.target(text)


def test_the_small_ones() -> None:
    assert values.integer(1, 3)("3") == 3
    assert values.choice("a", "b")("b") == "b"
    assert values.switch("Yes") is True
    assert values.switch("off") is False
    assert values.text("x") == "x"
    assert values.secret("hunter22") == "hunter22"
    assert values.log_path("-") == "-"
    assert values.log_path("off") is None
    assert values.pair('a={"b": "="}') == ("a", '{"b": "="}')


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (values.integer(1, 3), "0"),
        (values.integer(1, 3), "4"),
        (values.integer(1, 3), "1.0"),
        (values.integer(0, 10), "9" * 4000),
        (values.choice("a", "b"), "A"),
        (values.switch, "maybe"),
        (values.text, ""),
        (values.secret, "1234567"),
        (values.secret, "12345 78"),
        (values.secret, "12345678\n"),
        (values.log_path, ""),
        (values.pair, "a"),
        (values.pair, "=b"),
        (values.pair, "a="),
    ],
)
def test_the_small_ones_refuse(parse: Callable[[str], Any], text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse(text)


@given(st.text())
def test_any_text_is_a_value_or_a_value_error(text: str) -> None:
    for parse in (
        values.address, values.admin, values.choice("a"), values.duration, values.integer(0, 9),
        values.log_path, values.needed_duration, values.pair, values.secret, values.size(1, 9),
        values.size_or_off, values.switch, values.target, values.text,
    ):  # fmt: skip
        try:
            parse(text)
        except ValueError as error:
            assert str(error).startswith("must")
