from __future__ import annotations

from pathlib import Path

import pytest
from fakes import request

from pymesh.hooks import Deny
from pymesh.plugins.header_auth import Config, HeaderAuth


def decide(config: Config, *fields: tuple[str, str]) -> Deny | None:
    return HeaderAuth(config).authorize(request(*fields))


BEARER = Config(tokens=("sesame", "s2"))


@pytest.mark.parametrize(
    "value", ["Bearer sesame", "bearer sesame", "BEARER s2", "Bearer  sesame", "Bearer sesame "]
)
def test_known_token_leaves_the_decision_to_others(value: str) -> None:
    assert decide(BEARER, ("Authorization", value)) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "sesame",
        "Bearer",
        "Bearer ",
        "Bearer sesam",
        "Bearer sesamee",
        "Bearer SESAME",
        "Basic sesame",
        "Bearer sesame s2",
        "Bearer\tsesame",
        "Bearer ses\xe4me",
        "Bearersesame",
    ],
)
def test_anything_else_is_a_bad_token(value: str) -> None:
    denial = decide(BEARER, ("authorization", value))
    assert denial is not None
    assert (denial.status, denial.reason) == (401, "bad token")
    assert ("www-authenticate", b"Bearer") in denial.headers


def test_missing_header_says_so() -> None:
    denial = decide(BEARER, ("x-other", "Bearer sesame"))
    assert denial is not None
    assert (denial.status, denial.reason) == (401, "missing token")


def test_two_values_are_refused_even_if_one_is_good() -> None:
    good = ("authorization", "Bearer sesame")
    assert decide(BEARER, good) is None
    for pair in ([good, ("authorization", "Bearer x")], [("Authorization", "Bearer x"), good]):
        denial = decide(BEARER, *pair)
        assert denial is not None
        assert denial.reason == "bad token"


def test_own_header_without_scheme() -> None:
    config = Config(tokens=("k1",), header="X-Api-Key", scheme="")
    assert decide(config, ("x-api-key", "k1")) is None
    denial = decide(config, ("x-api-key", "Bearer k1"))
    assert denial is not None
    assert ("www-authenticate", b"Token") in denial.headers


def test_every_token_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def compare(one: bytes, other: bytes) -> bool:
        seen.append(other)
        return one == other

    monkeypatch.setattr("pymesh.plugins.header_auth.plugin.compare_digest", compare)
    assert decide(Config(tokens=("a", "b", "c")), ("authorization", "Bearer a")) is None
    assert seen == [b"a", b"b", b"c"]


def test_tokens_are_never_shown() -> None:
    assert "sesame" not in repr(BEARER)
    assert "sesame" not in repr(HeaderAuth(BEARER))
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        Config(tokens=("sesa me",))
    assert "sesa" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"tokens": ()},
        {"tokens": ("",)},
        {"tokens": ("a b",)},
        {"tokens": ("a\n",)},
        {"tokens": ("\xe4",)},
        {"tokens": "sesame"},
        {"tokens": (1,)},
        {"tokens": ("a",), "header": ""},
        {"tokens": ("a",), "header": "x\n"},
        {"tokens": ("a",), "scheme": "two words"},
    ],
)
def test_bad_configuration(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Config(**wrong)  # type: ignore[arg-type]


def token_file(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "tokens"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return str(path)


def test_token_file(tmp_path: Path) -> None:
    path = token_file(tmp_path, "# who\n\n one \ntwo\n")
    config = Config(tokens=("three",), token_file=path)
    for token in ("one", "two", "three"):
        assert decide(config, ("authorization", f"Bearer {token}")) is None
    assert decide(config, ("authorization", "Bearer # who")) is not None


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        ("one\n", 0o604, "chmod 600"),
        ("one\n", 0o622, "chmod 600"),
        ("# none\n\n", 0o600, "holds no token"),
        ("one\ntwo words\n", 0o600, "tokens:2: a token is visible ASCII"),
    ],
)
def test_bad_token_file(tmp_path: Path, text: str, mode: int, message: str) -> None:
    config = Config(token_file=token_file(tmp_path, text, mode))
    with pytest.raises(ValueError, match=message):
        HeaderAuth(config)


def test_missing_token_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such file"):
        HeaderAuth(Config(token_file=str(tmp_path / "none")))
