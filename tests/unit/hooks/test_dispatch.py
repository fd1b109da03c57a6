"""What hooks are handed and what their answers do, on both tiers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pymesh import _core
from pymesh.hooks import allow, deny, destination, hookimpl, respond

Drive = Callable[..., _core.Harness]


@pytest.fixture(params=["inline", "dispatcher"])
def tier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(drive: Drive, tier: str) -> Drive:
    def run(*plugins: object) -> _core.Harness:
        return drive(*plugins, inline=tier == "inline")

    return run


class Look:
    """Calls a function in `authorize` and keeps what it returns or raises."""

    def __init__(self, look: Callable[..., object], hook: str = "authorize") -> None:
        self.seen: Any = None

        @hookimpl(inline=True, specname=hook, on_failure="skip")
        def with_request(request: Any, peer: Any, route: Any) -> None:
            try:
                self.seen = look(request, peer, route)
            except Exception as error:  # noqa: BLE001 - it is what is looked for
                self.seen = error

        self.hook = with_request


FIELDS = [("Accept", "*/*"), ("X-Multi", "a"), ("x-multi", "b"), ("X-Bytes", "caf\xe9")]


def test_the_request_as_a_hook_sees_it(run: Drive, tier: str) -> None:
    look = Look(
        lambda request, peer, route: (
            (request.method, request.scheme, request.authority, request.host),
            (request.path, request.query, request.id),
            (peer.address, peer.client, peer.identity),
            (request.peer.address, request.peer.client),
            (route.name, route.services, route.service),
        )
    )
    harness = run(look)
    outcome = harness.call(
        "PURGE",
        "/a/b",
        [("X-Request-Id", "7")],
        query="q=1",
        authority="Example.COM:81",
        address="[::1]:5",
        identity="spiffe://td/ns/a/sa/b",
        route="ns/rule",
        services=["ns/one", "ns/two"],
    )
    assert look.seen == (
        ("PURGE", "http", "Example.COM:81", "example.com"),
        ("/a/b", "q=1", "7"),
        ("[::1]:5", "::1", "spiffe://td/ns/a/sa/b"),
        ("[::1]:5", "::1"),
        ("ns/rule", ("ns/one", "ns/two"), "ns/one"),
    )
    assert outcome["reply"] is None
    assert outcome["waits"] == (tier == "dispatcher")


@pytest.mark.parametrize(
    "authority, host",
    [("a", "a"), ("a:1", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("", ""), ("A.b", "a.b")],
)
def test_the_host_has_no_port_and_no_case(run: Drive, authority: str, host: str) -> None:
    look = Look(lambda request, *_: request.host)
    run(look).call(authority=authority)
    assert look.seen == host


def test_what_is_not_there_is_none(run: Drive) -> None:
    look = Look(lambda request, peer, _: (request.query, request.id, peer.identity))
    run(look).call()
    assert look.seen == (None, None, None)


def test_headers_are_read_without_regard_to_case(run: Drive) -> None:
    look = Look(
        lambda request, *_: (
            request.headers.get("x-MULTI"),
            request.headers.getall("x-multi"),
            request.headers.items(),
            list(request.headers),
            len(request.headers),
            "ACCEPT" in request.headers,
            "nothing" in request.headers,
            3 in request.headers,
            request.headers["accept"],
            request.headers.get("nothing"),
            request.headers.get("nothing", 5),
        )
    )
    run(look).call(headers=FIELDS)
    names = [name for name, _ in FIELDS]
    assert look.seen == (
        *("a", ["a", "b"], FIELDS, names, 4),
        *(True, False, False, "*/*", None, 5),
    )


def test_a_missing_field_is_a_key_error(run: Drive) -> None:
    look = Look(lambda request, *_: request.headers["nothing"])
    run(look).call()
    assert isinstance(look.seen, KeyError)


def test_representations_show_no_values(run: Drive) -> None:
    look = Look(
        lambda request, peer, route: (repr(request), repr(request.headers), repr(peer), repr(route))
    )
    run(look).call(headers=[("Authorization", "secret")])
    assert look.seen == (
        "Request(GET localhost/)",
        "Headers(Authorization)",
        "Peer(127.0.0.1:50000)",
        "Route(default/upstream)",
    )


def set_one(headers: Any) -> None:
    headers["x-new"] = "1"


@pytest.mark.parametrize("hook", ["authorize", "route"])
def test_only_on_request_may_edit_a_request(run: Drive, hook: str) -> None:
    look = Look(lambda request, *_: set_one(request.headers), hook)
    outcome = run(look).call()
    assert isinstance(look.seen, TypeError)
    assert outcome["edits"] == []


def test_edits_are_seen_at_once_and_travel_in_order(run: Drive) -> None:
    def edit(request: Any, *_: object) -> object:
        headers = request.headers
        headers["x-multi"] = "one"
        headers.add("X-Added", "a")
        headers.add("x-added", "\xff")
        del headers["accept"]
        del headers["never-there"]
        return (
            headers.getall("x-multi"),
            headers.getall("x-added"),
            "accept" in headers,
            len(headers),
        )

    look = Look(edit, "on_request")
    outcome = run(look).call(headers=FIELDS)
    assert look.seen == (["one"], ["a", "\xff"], False, 4)
    assert outcome["edits"] == [
        ("set", "x-multi", b"one"),
        ("add", "X-Added", b"a"),
        ("add", "x-added", b"\xff"),
        ("remove", "accept", b""),
        ("remove", "never-there", b""),
    ]


@pytest.mark.parametrize(
    "name, value",
    [
        ("", "x"),
        ("a b", "x"),
        ("x", "a\nb"),
        ("x", "\u20ac"),
        ("host", "x"),
        ("te", "x"),
        ("x", "y" * 17000),
    ],
)
def test_an_edit_that_cannot_be_sent_is_refused(run: Drive, name: str, value: str) -> None:
    look = Look(lambda request, *_: request.headers.add(name, value), "on_request")
    outcome = run(look).call()
    assert isinstance(look.seen, ValueError)
    assert outcome["edits"] == []


def test_a_later_hook_sees_earlier_edits(run: Drive) -> None:
    look = Look(lambda request, *_: request.headers.get("x-first"), "on_request")

    class First:
        @hookimpl(inline=True, tryfirst=True)
        def on_request(self, request: Any) -> None:
            request.headers["x-first"] = "yes"

    run(look, First()).call()
    assert look.seen == "yes"


def test_edits_cross_from_the_worker_to_the_dispatcher(drive: Drive) -> None:
    seen = []

    class Inline:
        @hookimpl(inline=True, tryfirst=True)
        def on_request(self, request: Any) -> None:
            request.headers["x-first"] = "inline"

    class Elsewhere:
        @hookimpl
        def on_request(self, request: Any) -> None:
            seen.append((request.headers.get("x-first"), threading.current_thread().name))
            request.headers["x-second"] = "dispatcher"

    outcome = drive(Elsewhere(), Inline()).call()
    assert seen[0][0] == "inline"
    assert outcome["waits"] == 1
    assert outcome["edits"] == [("set", "x-first", b"inline"), ("set", "x-second", b"dispatcher")]


def test_a_denial_ends_everything(run: Drive) -> None:
    called = []

    class Plugin:
        @hookimpl(inline=True)
        def authorize(self) -> object:
            return deny(401, "no token", {"www-authenticate": "Bearer"}, "go away")

        @hookimpl(inline=True)
        def route(self) -> None:
            called.append("route")

    outcome = run(Plugin()).call()
    assert outcome["reply"] == {
        "status": 401,
        "reason": "no token",
        "headers": [
            ("www-authenticate", b"Bearer"),
            ("content-type", b"text/plain; charset=utf-8"),
        ],
        "body": b"go away",
        "denied": True,
        "plugin": "p0",
    }
    assert called == []


def test_allow_ends_authorize_only(run: Drive) -> None:
    class Later:
        @hookimpl(inline=True)
        def authorize(self) -> object:
            return deny()

        @hookimpl(inline=True)
        def route(self) -> object:
            return destination({"a": 1, "b": 3})

    class First:
        @hookimpl(inline=True)
        def authorize(self) -> object:
            return allow()

    outcome = run(Later(), First()).call()
    assert outcome["reply"] is None
    assert outcome["destination"] == [("a", 1), ("b", 3)]


def test_a_response_of_a_plugin_ends_the_request(run: Drive) -> None:
    class Pong:
        @hookimpl(inline=True)
        def on_request(self) -> object:
            return respond(200, b"pong", reason="ping")

    reply = run(Pong()).call()["reply"]
    assert reply is not None
    assert (reply["status"], reply["body"], reply["denied"]) == (200, b"pong", False)


def test_responses_are_edited_from_the_inside_out(run: Drive) -> None:
    order = []

    def make(name: str, status: int) -> object:
        class Plugin:
            @hookimpl(inline=True)
            def on_request(self) -> None:
                order.append(f"request {name}")

            @hookimpl(inline=True)
            def on_response(self, request: Any, response: Any) -> None:
                order.append(f"response {name} {response.status} {request.method}")
                response.status = status
                response.headers[f"x-{name}"] = response.headers.get("server", "?")

        return Plugin()

    harness = run(make("a", 201), make("b", 202))
    harness.call()
    outcome = harness.call(response=(200, [("Server", "origin")]))
    assert order == ["request b", "request a", "response a 200 GET", "response b 201 GET"]
    assert outcome["status"] == 202
    assert outcome["edits"] == [("set", "x-a", b"origin"), ("set", "x-b", b"origin")]


def test_a_status_set_inline_survives_the_dispatcher(drive: Drive) -> None:
    class Inline:
        @hookimpl(inline=True, tryfirst=True)
        def on_response(self, response: Any) -> None:
            response.status = 299

    class Elsewhere:
        @hookimpl
        def on_response(self, response: Any) -> None:
            assert response.status == 299

    outcome = drive(Inline(), Elsewhere()).call(response=(200, []))
    assert (outcome["status"], outcome["waits"]) == (299, 1)


@pytest.mark.parametrize("status", [199, 600, -1])
def test_a_status_that_cannot_be_is_refused(run: Drive, status: int) -> None:
    seen: list[Exception] = []

    class Plugin:
        @hookimpl(inline=True)
        def on_response(self, response: Any) -> None:
            try:
                response.status = status
            except (ValueError, OverflowError) as error:
                seen.append(error)

    assert run(Plugin()).call(response=(200, []))["status"] is None
    assert seen


def test_the_request_cannot_be_edited_with_the_response(run: Drive) -> None:
    seen: list[Exception] = []

    class Plugin:
        @hookimpl(inline=True)
        def on_response(self, request: Any) -> None:
            try:
                request.headers["x"] = "y"
            except TypeError as error:
                seen.append(error)

    assert run(Plugin()).call(response=(200, []))["edits"] == []
    assert seen


class Keep:
    def __init__(self, what: Callable[[Any], Any]) -> None:
        self.kept: list[Any] = []

        @hookimpl(inline=True)
        def authorize(request: Any) -> None:
            self.kept.append(what(request))

        self.authorize = authorize


def test_a_view_kept_by_an_inline_hook_raises_and_the_next_call_gets_another(drive: Drive) -> None:
    keep = Keep(lambda request: request)
    harness = drive(keep)
    for path in ("/1", "/2", "/3"):
        harness.call("GET", path)
    assert len({id(view) for view in keep.kept}) == 3
    for view in keep.kept:
        with pytest.raises(RuntimeError, match="outside the hook call"):
            _ = view.path


@pytest.mark.parametrize("what", ["headers", "peer"])
def test_parts_of_a_view_are_watched_too(drive: Drive, what: str) -> None:
    keep = Keep(lambda request: getattr(request, what))
    harness = drive(keep)
    harness.call()
    harness.call(headers=[("authorization", "the next client's")])
    with pytest.raises(RuntimeError, match="outside the hook call"):
        _ = keep.kept[0].items() if what == "headers" else keep.kept[0].address


def test_a_view_that_is_not_kept_is_used_again(drive: Drive) -> None:
    keep = Keep(id)
    harness = drive(keep)
    for _ in range(3):
        harness.call()
    assert len(set(keep.kept)) == 1


def test_a_lent_view_is_closed_to_other_threads(drive: Drive) -> None:
    seen: list[object] = []

    class Plugin:
        @hookimpl(inline=True)
        def authorize(self, request: Any) -> None:
            def look() -> None:
                try:
                    seen.append(request.path)
                except RuntimeError as error:
                    seen.append(error)

            thread = threading.Thread(target=look)
            thread.start()
            thread.join()

    drive(Plugin()).call()
    assert isinstance(seen[0], RuntimeError)


def test_a_view_on_the_dispatcher_owns_its_data(drive: Drive) -> None:
    keep = Keep(lambda request: request)
    harness = drive(keep, inline=False)
    harness.call("GET", "/kept", [("a", "b")])
    harness.call("GET", "/other")
    assert keep.kept[0].path == "/kept"
    assert keep.kept[0].headers.items() == [("a", "b")]
    with pytest.raises(TypeError):
        keep.kept[0].headers["x"] = "y"


def test_many_calls_wait_at_once(drive: Drive) -> None:
    class Plugin:
        @hookimpl(inline=True, deadline=10)
        def authorize(self, request: Any) -> object:
            return deny(403, "odd") if len(request.path) % 2 else None

    harness = drive(Plugin(), inline=False)
    outcomes = harness.call("GET", "/a/b/c/", repeat=20, concurrent=200)
    assert len(outcomes) == 200
    assert all(outcome["reply"] and outcome["waits"] == 1 for outcome in outcomes)


def test_a_call_moves_to_the_dispatcher_at_its_first_hook_that_must(
    drive: Drive, counted: Callable[..., int]
) -> None:
    class Plugin:
        @hookimpl(inline=True)
        def authorize(self) -> None: ...
        @hookimpl
        def route(self) -> None: ...
        @hookimpl(inline=True)
        def on_request(self) -> None: ...

    harness = drive(Plugin())
    assert harness.call()["waits"] == 1
    assert counted(harness, hook="authorize", tier="inline", outcome="ok") == 1
    assert counted(harness, hook="route", tier="dispatcher", outcome="ok") == 1
    assert counted(harness, hook="on_request", tier="dispatcher", outcome="ok") == 1


def test_no_hook_runs_inline_while_a_plugins_thread_may_run(
    drive: Drive, counted: Callable[..., int]
) -> None:
    stop = threading.Event()

    class Plugin:
        @hookimpl(inline=True)
        def authorize(self) -> None: ...

    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        harness = drive(Plugin())
        harness.call(repeat=3)
        assert counted(harness, tier="dispatcher") == 3
    finally:
        stop.set()
        thread.join()
    # The dispatcher looks after each batch.
    harness.call(repeat=10)
    assert counted(harness, tier="inline") > 0
