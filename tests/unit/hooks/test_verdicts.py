from __future__ import annotations

from typing import Any

import pytest

from pymesh.hooks import Deny, allow, deny, destination, respond


def test_verdicts_without_arguments_are_one_object() -> None:
    assert allow() is allow()
    assert deny(401, "no") is deny(401, "no")
    assert destination("v2") is destination("v2")


def test_a_denial_says_its_reason_in_its_body() -> None:
    verdict = deny(403, "closed")
    assert verdict.body == b"closed\n"
    assert verdict.headers == (("content-type", b"text/plain; charset=utf-8"),)


def test_headers_may_be_a_mapping_or_pairs() -> None:
    pairs: list[tuple[str, str | bytes]] = [("x-a", "1"), ("x-a", b"\xff")]
    assert respond(headers=pairs).headers == (("x-a", b"1"), ("x-a", b"\xff"))
    assert respond(headers={"x-a": "é"}).headers == (("x-a", b"\xe9"),)


def test_a_given_content_type_stays() -> None:
    verdict = respond(200, "{}", {"Content-Type": "application/json"})
    assert verdict.headers == (("Content-Type", b"application/json"),)


@pytest.mark.parametrize("status", [200, 399, 600, "403", True, None])
def test_a_status_that_is_no_refusal_is_refused(status: Any) -> None:
    with pytest.raises(ValueError, match="status"):
        deny(status)


@pytest.mark.parametrize("reason", ["two\nlines", "ünicode", "x" * 257])
def test_a_reason_that_cannot_be_sent_is_refused(reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        deny(403, reason)


@pytest.mark.parametrize(
    "name, value",
    [
        ("", "x"),
        ("a b", "x"),
        ("x:y", "x"),
        ("x", "a\r\nb: c"),
        ("x", "\0"),
        ("x", " padded"),
        ("Content-Length", "1"),
        ("transfer-encoding", "chunked"),
        ("Host", "a"),
        ("connection", "close"),
    ],
)
def test_fields_that_would_break_the_message_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"field|proxy|characters"):
        deny(403, "no", {name: value})


@pytest.mark.parametrize(
    "services", [{}, {"a": 0}, {"a": -1}, {"a": True}, {"": 1}, {"a": 1_000_001}]
)
def test_a_destination_needs_a_service_with_a_weight(services: Any) -> None:
    with pytest.raises(ValueError, match=r"service|weight"):
        destination(services)


def test_verdicts_are_immutable_values() -> None:
    verdict = deny(401, "no")
    with pytest.raises(AttributeError, match="immutable"):
        verdict.status = 200
    with pytest.raises(AttributeError, match="immutable"):
        del verdict.status
    assert verdict == Deny(401, "no", verdict.headers, verdict.body)
    assert verdict != respond(401)
    assert hash(verdict) == hash(Deny(401, "no", verdict.headers, verdict.body))
    assert "401" in repr(verdict)
