from __future__ import annotations

import http.client
import os
import re
import select
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pymesh.demo import run
from pymesh.demo.checks import Check
from pymesh.demo.client import Tally
from pymesh.demo.metrics import Counts
from pymesh.demo.once import Finished


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 1)])
def test_a_failed_check_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], passed: bool, code: int
) -> None:
    checks = [
        Check("sky is blue", passed=True, seen="blue"),
        Check("grass is green", passed, "brown"),
    ]
    finished = Finished(checks, Tally(), Counts(Counter(), Counter()), "└─ rule 1: matched, to[0]")
    monkeypatch.setattr(run, "run_once", lambda: finished)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert run.run_demo(once=True) == code
    finally:
        signal.signal(signal.SIGTERM, before)
    out, err = capsys.readouterr()
    assert "└─ rule 1: matched, to[0]" in out
    assert "ok   sky is blue: blue" in out
    assert ("FAIL grass is green: brown" in out) is not passed
    assert ("all 2 checks passed" in out) is passed
    assert ("[check-failed]" in err) is not passed


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


@pytest.mark.integration
def test_once_sees_what_should_be() -> None:
    command = [sys.executable, "-m", "pymesh", "demo", "--once"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"^all 20 checks passed$", result.stdout, re.MULTILINE)
    # The steps that led to one of the denials.
    assert re.search(
        r"^denied 403 by policy shop/closed rule 1 .*"
        r"^└─ policy shop/closed: deny.*^   └─ rule 1: matched",
        result.stdout,
        re.MULTILINE | re.DOTALL,
    )
    assert result.stderr == ""


@pytest.mark.integration
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_live_runs_until_it_is_told_to_end_and_leaves_nothing(stop: signal.Signals) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "pymesh", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
    )
    assert demo.stdout is not None
    shown = ""
    for line in demo.stdout:
        shown += line
        if "Ctrl-C" in line:
            break
    assert "pymesh proxy run -f" in shown
    started = children(demo.pid)
    assert len(started) == 3
    # The proxy has one of its own, which reads the files.
    translators = [pid for one in started for pid in children(one)]
    assert len(translators) == 1
    watched = [os.pidfd_open(pid) for pid in started + translators]
    demo.send_signal(stop)
    out, err = demo.communicate(timeout=60)
    assert demo.returncode == 0, err
    assert err == ""
    assert "ended" in out
    for descriptor in watched:
        # Readable when the process has ended, which the demo has waited for.
        assert select.select([descriptor], [], [], 0)[0] == [descriptor]
        os.close(descriptor)


@pytest.mark.integration
def test_admin_pages_of_a_demo_answer() -> None:
    from pymesh.demo.mesh import Limits, mesh

    with mesh(Limits(rate=1.0, burst=1)) as running:
        connection = http.client.HTTPConnection(*running.admin, timeout=30)
        connection.request("GET", "/plugins")
        names = connection.getresponse().read().decode()
        connection.close()
        for name in ("header-auth", "token-bucket", "ab-split", "audit-log"):
            assert name in names
        assert "open-sesame" not in names
