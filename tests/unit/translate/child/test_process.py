"""The process as a proxy sees it: its arguments, its lines, and its end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration
Services = Callable[..., str]
Start = Callable[..., Any]


def test_the_first_line_has_what_the_files_mean(start: Start, folder: Path) -> None:
    child = start(folder)
    line = child.next()
    assert line["revision"] == 1
    assert [one["host"] for one in line["documents"]["services"]] == ["a.default.svc.cluster.local"]
    assert child.end() == 0


def test_files_that_are_wrong_from_the_start_end_it_with_every_finding(
    start: Start, folder: Path
) -> None:
    (folder / "b.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: [b]}\n")
    (folder / "c.yaml").write_text("{")
    child = start(folder)
    line = child.next()
    assert line["revision"] == 1
    assert {Path(one["file"]).name for one in line["refused"]} == {"b.yaml", "c.yaml"}
    assert all(one["severity"] == "error" and one["code"] for one in line["refused"])
    assert child.process.wait(30) == 65
    errors = child.rest_of_errors()
    assert "b.yaml:3:" in errors
    assert "c.yaml:1:" in errors


def test_a_path_that_does_not_exist_is_a_finding(start: Start, tmp_path: Path) -> None:
    child = start(tmp_path / "nowhere.yaml")
    assert child.next()["refused"][0]["code"] == "unreadable-file"
    assert child.process.wait(30) == 65


def test_a_pipe_in_the_folder_does_not_hold_it_up(start: Start, folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    child = start(folder)
    assert child.next()["refused"][0]["file"].endswith("pipe.yaml")
    assert child.process.wait(30) == 65


@pytest.mark.parametrize("arguments", [[], ["--bogus", "a.yaml"]])
def test_misuse_ends_with_64(start: Start, arguments: list[str]) -> None:
    child = start(*arguments)
    assert child.process.wait(30) == 64
    assert child.rest_of_errors().startswith("pymesh: ")


def test_the_end_of_its_input_ends_it(start: Start, folder: Path) -> None:
    child = start(folder)
    child.next()
    assert child.end() == 0
    assert child.quiet()
    assert child.rest_of_errors() == ""


def test_it_ends_though_nobody_reads_its_output(
    start: Start, folder: Path, services: Services
) -> None:
    (folder / "many.yaml").write_text(services(*(f"s{number}" for number in range(2000))))
    child = start(folder, deaf=True)  # its pipe is full after 64 KB
    assert child.end() == 0


def test_an_interrupt_is_the_proxys_business(
    start: Start, folder: Path, services: Services
) -> None:
    child = start(folder)
    child.next()
    child.process.send_signal(signal.SIGINT)
    (folder / "a.yaml").write_text(services("b"))
    assert child.hosts() == ["b"]
    assert child.end() == 0


def test_what_the_proxy_refuses_is_told_and_tried_again_with_the_next_change(
    start: Start, folder: Path
) -> None:
    child = start(folder)
    child.next()
    child.say(b'{"revision":1,"accepted":false,"error":{"code":"bad-regex","message":"no such"}}')
    assert "revision 1: no such" in child.said("the proxy refused")
    text = (folder / "a.yaml").read_text()
    (folder / "a.yaml").write_text(f"# tried again\n{text}")
    assert child.next()["revision"] == 2


def test_lines_that_make_no_sense_are_told_and_ignored(start: Start, folder: Path) -> None:
    child = start(folder)
    child.next()
    child.say(b'{"revision": "one"}')
    child.said("not understood")
    child.say(b'{"revision":1,"accepted":true}')
    assert child.end() == 0
    assert child.rest_of_errors() == ""


def test_a_reference_that_leads_nowhere_refuses_nothing(start: Start, folder: Path) -> None:
    (folder / "route.yaml").write_text(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\n"
        "spec:\n  parentRefs: [{group: '', kind: Service, name: a}]\n"
        "  rules: [{backendRefs: [{name: gone, port: 80}]}]\n"
    )
    documents = start(folder).documents()
    (rule,) = [rule for routes in documents["routes"] for rule in routes["rules"]]
    assert rule["destinations"][0]["status"] == 500


def test_what_refuses_is_told_apart_from_references_that_lead_nowhere(
    start: Start, folder: Path
) -> None:
    (folder / "route.yaml").write_text(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\n"
        "spec:\n  parentRefs: [{group: '', kind: Service, name: a}]\n"
        "  rules: [{backendRefs: [{name: gone, port: 80}]}]\n"
    )
    (folder / "bad.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: [b]}\n")
    child = start(folder)
    assert [one["path"] for one in child.next()["refused"]] == ["metadata.name"]
    assert child.process.wait(30) == 65
    errors = child.rest_of_errors()
    assert "warning: there is no Service default/gone" in errors
    assert "error: " in errors
