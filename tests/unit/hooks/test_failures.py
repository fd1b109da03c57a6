"""Hooks that raise, hang, block, return nonsense or cannot be called."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pymesh import _core
from pymesh.hooks import DeadlineExceeded, deny, destination, hookimpl

Drive = Callable[..., _core.Harness]
Count = Callable[..., int]

STATUS = {"authorize": 403, "route": 503, "on_request": 503}


def failing(hook: str, policy: str | None, fail: Callable[[], object], **options: Any) -> object:
    class Plugin:
        pass

    @hookimpl(specname=hook, on_failure=policy, **options)  # type: ignore[arg-type]
    def fails() -> object:
        return fail()

    plugin: Any = Plugin()
    plugin.fails = fails
    return plugin


def explode() -> object:
    raise ValueError("no\nluck")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Holds hooks back until the test has ended."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("hook", STATUS)
@pytest.mark.parametrize(
    "fail, outcome",
    [(explode, "error"), (lambda: "yes", "nonsense"), (lambda: (403, "no"), "nonsense")],
)
def test_a_failure_denies_by_default(
    drive: Drive, counted: Count, hook: str, fail: Callable[[], object], outcome: str, inline: bool
) -> None:
    harness = drive(failing(hook, None, fail, inline=inline))
    reply = harness.call()["reply"]
    assert reply is not None
    assert reply["status"] == STATUS[hook]
    assert reply["reason"] == "plugin_failed"
    assert reply["denied"] is (hook == "authorize")
    assert reply["plugin"] == "p0"
    assert counted(harness, hook=hook, outcome=outcome) == 1


@pytest.mark.parametrize("wrong", [deny, lambda: destination("a"), lambda: True])
def test_a_verdict_of_another_hook_is_nonsense(drive: Drive, wrong: Callable[[], object]) -> None:
    harness = drive(failing("on_request", None, wrong))
    reply = harness.call()["reply"]
    assert reply is not None
    assert reply["status"] == 503


def test_a_verdict_that_was_tampered_with_is_nonsense(drive: Drive) -> None:
    def tamper() -> object:
        verdict = deny(403, "tampered", {"x": "y"})
        object.__setattr__(verdict, "headers", (("content-length", b"1"),))
        return verdict

    reply = drive(failing("authorize", None, tamper)).call()["reply"]
    assert reply is not None
    assert reply["reason"] == "plugin_failed"


@pytest.mark.parametrize("policy, reached", [("skip", True), ("allow", False)])
def test_the_other_policies_go_on(drive: Drive, policy: str, reached: bool) -> None:
    harness = drive(failing("authorize", None, deny), failing("authorize", policy, explode))
    reply = harness.call()["reply"]
    assert (reply is not None) is reached
    if reply:
        assert reply["reason"] == "denied"


@pytest.mark.parametrize("policy", ["skip", "allow"])
def test_a_failed_choice_of_route_leaves_the_routes_own(drive: Drive, policy: str) -> None:
    outcome = drive(failing("route", policy, explode)).call()
    assert (outcome["reply"], outcome["destination"]) == (None, None)


@pytest.mark.parametrize("inline", [True, False])
def test_a_failed_response_hook_is_skipped(drive: Drive, counted: Count, inline: bool) -> None:
    class Good:
        @hookimpl(inline=True)
        def on_response(self, response: Any) -> None:
            response.status = 201

    harness = drive(Good(), failing("on_response", None, explode, inline=inline))
    assert harness.call(response=(200, []))["status"] == 201
    assert counted(harness, hook="on_response", outcome="error") == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration])
def test_no_exception_ends_more_than_its_hook(drive: Drive, error: type[BaseException]) -> None:
    def fail() -> object:
        raise error

    harness = drive(failing("authorize", None, fail), inline=False)
    for _ in range(3):
        reply = harness.call()["reply"]
        assert reply is not None
        assert reply["status"] == 403


def test_one_line_names_hook_plugin_place_and_exception(
    drive: Drive, capfd: pytest.CaptureFixture[str]
) -> None:
    harness = drive(failing("authorize", None, explode))
    harness.call(repeat=50)
    harness.flush()
    lines = [line for line in capfd.readouterr().err.splitlines() if "plugin p0" in line]
    assert len(lines) == 1
    assert "authorize" in lines[0]
    assert f"{__file__}:" in lines[0]
    assert "ValueError: no\\nluck at " in lines[0]


def test_a_deadline_applies_the_policy_while_the_hook_still_runs(
    drive: Drive, counted: Count, gate: threading.Event
) -> None:
    plugin = failing("authorize", None, gate.wait, deadline="20ms")
    harness = drive(plugin)
    outcome = harness.call()
    assert outcome["expired"] == 1
    assert outcome["reply"] is not None
    assert outcome["reply"]["status"] == 403
    assert 0.015 < outcome["seconds"] < 5
    assert counted(harness, outcome="timeout") == 1


def test_hooks_behind_one_that_hangs_still_decide(drive: Drive, gate: threading.Event) -> None:
    # The second one cannot run either while the dispatcher is in the first: its policy answers.
    behind = failing("authorize", None, lambda: None, deadline="20ms")
    harness = drive(behind, failing("authorize", "skip", gate.wait, deadline="20ms"))
    outcome = harness.call()
    assert outcome["expired"] == 2
    assert outcome["reply"] is not None
    assert outcome["reply"]["plugin"] == "p0"


def test_what_was_chosen_and_edited_before_a_hook_that_hangs_is_kept(
    drive: Drive, gate: threading.Event
) -> None:
    class Chooses:
        @hookimpl
        def route(self) -> object:
            return destination("v2")

        @hookimpl(tryfirst=True)
        def on_request(self, request: Any) -> None:
            request.headers["x-before"] = "1"

    harness = drive(Chooses(), failing("on_request", "skip", gate.wait, deadline="30ms"))
    outcome = harness.call()
    assert outcome["expired"] == 1
    assert outcome["destination"] == [("v2", 1)]
    assert outcome["edits"] == [("set", "x-before", b"1")]


def test_a_late_answer_finds_nobody(drive: Drive, gate: threading.Event) -> None:
    answers: Iterator[Callable[[], object]] = iter(
        [lambda: gate.wait() and deny(401, "late"), lambda: None]
    )

    def answer() -> object:
        return next(answers)()

    harness = drive(failing("authorize", "skip", answer, deadline="20ms"), inline=False)
    assert harness.call()["reply"] is None
    gate.set()
    assert harness.call()["reply"] is None


def test_a_loop_in_python_is_ended(drive: Drive, counted: Count) -> None:
    ended = threading.Event()
    calls = iter([True])

    def loop() -> None:
        if next(calls, False):
            try:
                while True:
                    pass
            except DeadlineExceeded:
                ended.set()
                raise

    harness = drive(failing("authorize", "skip", loop, deadline="10ms"))
    assert harness.call()["expired"] == 1
    assert ended.wait(10)
    outcome = harness.call()
    assert outcome["waits"] == 1


def test_a_hook_that_catches_exceptions_is_ended_too(drive: Drive) -> None:
    ended = threading.Event()

    def loop() -> None:
        try:
            while True:
                try:
                    while True:
                        pass
                except Exception:  # noqa: BLE001 - the point
                    continue
        finally:
            ended.set()

    harness = drive(failing("authorize", None, loop, deadline="10ms"))
    harness.call()
    assert ended.wait(10)


def test_a_repeat_offender_is_quarantined(drive: Drive, counted: Count) -> None:
    def loop() -> None:
        while True:
            pass

    harness = drive(failing("authorize", None, loop, deadline="5ms"))
    give_up = time.monotonic() + 20
    while not counted(harness, outcome="quarantined") and time.monotonic() < give_up:
        outcome = harness.call()
        assert outcome["reply"] is not None
    assert counted(harness, outcome="quarantined")
    assert 'pymesh_hook_quarantined{hook="authorize",plugin="p0"} 1' in harness.metrics()
    assert harness.call()["expired"] == 0


def test_a_hook_that_cannot_be_ended_does_not_take_the_others_with_it(drive: Drive) -> None:
    lock = threading.Lock()
    lock.acquire()
    harness = drive(
        failing("route", "skip", lambda: None),
        failing("authorize", "skip", lambda: lock.acquire() and None, deadline="5ms"),
    )
    try:
        harness.call()
        give_up = time.monotonic() + 20
        while harness.call()["expired"] and time.monotonic() < give_up:
            pass
        assert harness.call()["expired"] == 0
    finally:
        lock.release()
    assert harness.close()


def test_an_inline_hook_that_blocks_is_moved_for_good(
    drive: Drive, capfd: pytest.CaptureFixture[str]
) -> None:
    class Plugin:
        @hookimpl(inline=True, deadline=10)
        def authorize(self) -> None:
            time.sleep(0.02)  # what is tested is that it blocks

    harness = drive(Plugin())
    give_up = time.monotonic() + 20
    while not harness.call()["waits"] and time.monotonic() < give_up:
        pass
    assert harness.call()["waits"] == 1
    assert 'pymesh_hook_inline{hook="authorize",plugin="p0"} 0' in harness.metrics()
    harness.flush()
    lines = [line for line in capfd.readouterr().err.splitlines() if "is inline and kept" in line]
    assert len(lines) == 1


def test_a_full_queue_applies_the_policy_at_once(
    drive: Drive, counted: Count, gate: threading.Event
) -> None:
    harness = drive(failing("authorize", None, gate.wait, deadline=1))
    outcomes = harness.call(concurrent=4400)
    assert all(outcome["reply"] for outcome in outcomes)
    refused = [outcome for outcome in outcomes if not outcome["waits"]]
    assert 200 < len(refused) < 400
    assert counted(harness, outcome="overflow") == len(refused)


def test_telemetry_is_told_in_slices_and_its_failures_are_skipped(
    drive: Drive, counted: Count
) -> None:
    told: list[int] = []

    class Plugin:
        @hookimpl
        def telemetry(self, records: list[Any]) -> None:
            told.append(len(records))
            assert records[0].path == "/x"
            if len(told) == 1:
                raise ValueError

    harness = drive(Plugin())
    harness.record("GET", "/x", count=300)
    harness.flush()
    harness.close()
    assert told == [128, 128, 44]
    assert counted(harness, hook="telemetry", outcome="error") == 1
    assert counted(harness, hook="telemetry", outcome="ok") == 2


def test_records_own_their_data(drive: Drive) -> None:
    kept: list[Any] = []

    class Plugin:
        @hookimpl
        def telemetry(self, records: list[Any]) -> None:
            kept.extend(records)

    harness = drive(Plugin())
    before = time.time()
    harness.record("PUT", "/a", status=201)
    harness.flush()
    harness.close()
    record = kept[0]
    assert (record.method, record.path, record.status, record.authority) == (
        "PUT",
        "/a",
        201,
        "localhost",
    )
    assert (record.address, record.client) == ("127.0.0.1:50000", "127.0.0.1")
    assert (record.flags, record.reason, record.attempts) == ("-", "", 1)
    assert [record.route, record.service, record.endpoint, record.plugin, record.id] == [None] * 5
    assert [record.identity, record.upstream_seconds] == [None] * 2
    assert (record.request_bytes, record.response_bytes) == (0, 0)
    assert abs(record.time - before) < 60
    assert record.duration_seconds == 0
    assert repr(record) == "Record(PUT localhost/a 201)"


def test_telemetry_that_is_too_slow_loses_batches_and_says_so(
    drive: Drive, gate: threading.Event
) -> None:
    harness = drive(failing("telemetry", None, lambda: gate.wait() and None, deadline=30))
    for _ in range(40):
        harness.record(count=1024)
    harness.flush()
    line = next(
        line
        for line in harness.metrics().splitlines()
        if line.startswith("pymesh_hook_records_dropped")
    )
    assert int(line.rpartition(" ")[2]) >= 6 * 1024
    gate.set()
