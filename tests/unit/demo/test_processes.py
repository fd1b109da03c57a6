from __future__ import annotations

import http.client
import json
import os
import select
import subprocess
import sys

import pytest

from pymesh.demo.client import Call, Client, Tally, send_all
from pymesh.demo.processes import Child, child
from pymesh.errors import PymeshError


def address(text: str | None) -> tuple[str, int]:
    host, _, port = str(text).rpartition(":")
    return host, int(port)


def test_a_service_answers_on_a_kept_connection() -> None:
    with child(["-m", "pymesh.demo.service", "v7"]) as service:
        connection = http.client.HTTPConnection(*address(service.first_line), timeout=30)
        for path in ("/a", "/b?c"):
            connection.request("GET", path, headers={"x-user": "ada"})
            answer = json.loads(connection.getresponse().read())
            assert answer == {"service": "v7", "path": path, "user": "ada", "request_id": None}
        connection.close()
        tally = Tally()
        send_all(address(service.first_line), [Call("a", "t")] * 50, tally, threads=3)
        assert (tally.total, tally.statuses, tally.services) == (50, {200: 50}, {"v7": 50})
    assert service.process.returncode == -15


def test_a_client_counts_what_is_not_answered() -> None:
    with child(["-m", "pymesh.demo.service", "v7"]) as service:
        gone = address(service.first_line)
    outcome = Client(gone).send(Call("a", "t"))
    assert (outcome.status, outcome.reason) == (0, "ConnectionRefusedError")


def test_a_command_that_does_not_start() -> None:
    code = "import sys; sys.stderr.write('no luck\\n'); sys.exit(3)"
    with pytest.raises(PymeshError, match="no luck") as caught:
        Child(["-c", code], "ready")
    assert (caught.value.code, caught.value.exit_code) == ("unavailable", 69)


def test_one_that_ignores_sigterm_is_killed() -> None:
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    process = Child(["-c", code], "ready")
    assert process.stop(patience=0.2) == -9


def test_settings_of_the_user_do_not_reach_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYMESH_LISTEN", ":1")
    code = "import os; print('ready', [name for name in os.environ if 'PYMESH' in name])"
    with child(["-c", code], "ready") as process:
        assert process.first_line == "ready []"


def test_nothing_outlives_a_demo_that_was_killed() -> None:
    code = (
        "import os, signal\n"
        "from pymesh.demo.processes import Child\n"
        "service = Child(['-m', 'pymesh.demo.service', 'v7'])\n"
        "print(service.process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    demo = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert demo.stdout is not None
    pid = int(demo.stdout.readline())
    # A descriptor of the process itself: readable when it has ended, however fast that was.
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        watched = -1
    assert demo.wait(30) == -9
    if watched >= 0:
        assert select.select([watched], [], [], 30)[0] == [watched]
        os.close(watched)
    demo.stdout.close()
