"""The whole extension surface: every hook, when it runs, what it is handed, what its answer means.

A hook takes the arguments that it names and no others: ``def authorize(request)`` and
``def authorize(request, peer, route)`` are both hooks. A name that is not listed here is refused
when the plugin is loaded.

**Order.** ``authorize``, ``route`` and ``on_request`` run in this order. Within one of them the
plugin that was given last comes first, as pluggy has it, unless ``tryfirst`` or ``trylast`` says
otherwise. ``on_response`` runs in the mirrored order, so that plugins lie around the upstream like
the layers of an onion: what touches the request first touches the response last.

**Failure.** A hook that raises, misses its deadline, returns what is not listed under it or cannot
be called (its queue is full, it is in quarantine) has failed, and its ``on_failure`` says what
happens at once. The client of a refused request gets the reason ``plugin_failed``. A wrapper sees
what an inner hook raised only if that hook's policy is ``deny``; the other policies have already
answered for it.

A hook that runs past its deadline on the dispatcher is ended by :class:`DeadlineExceeded`, raised
in it. That ends a loop in Python; it cannot end a call into C or a wait for a lock. A hook that
runs past its deadline five times in a row is in quarantine for ten seconds: it is not called, and
its ``on_failure`` answers at once. One that has not ended a second after it was told to is left to
itself, in quarantine, and the other hooks go on without it. An inline hook that keeps its worker
for more than 5 ms is named in the log and called on the dispatcher from then on. A wrapper whose
inner hook is given up is given up with it: the strictest policy among them answers.

**Time.** Header values cross the boundary when they are asked for; a hook that looks at the method,
the path and one field takes well under a microsecond inline. See :func:`pymesh.hooks.hookimpl` for
the ways to be called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pluggy import HookspecMarker

from pymesh.hooks.options import PROJECT

if TYPE_CHECKING:
    from pymesh.hooks._views import Peer, Record, Request, Response, Route
    from pymesh.hooks.verdicts import Allow, Deny, Destination, Respond

__all__ = ["HOOKS", "authorize", "on_request", "on_response", "route", "telemetry"]

HOOKS: Final = ("authorize", "route", "on_request", "on_response", "telemetry")

hookspec = HookspecMarker(PROJECT)


@hookspec(firstresult=True)
def authorize(request: Request, peer: Peer, route: Route) -> Allow | Deny | None:
    """Decides whether a request may pass.

    When: once per request, after its route is known and before anything is sent upstream.

    Args:
        request: The request's head. Read only here: an edit raises.
        peer: Who sent it.
        route: The route that it matched.

    Returns:
        ``None`` to leave the decision to the others; if none decides, the request passes.
        ``allow()`` to let it pass without asking the others. ``deny(...)`` to refuse it: no further
        hook of the request phases runs. The first that decides wins.

    On failure: ``deny`` by default, which answers 403.

    Example:
        >>> from pymesh.hooks import deny, hookimpl
        >>> @hookimpl(inline=True)
        ... def authorize(request):
        ...     if request.headers.get("authorization") != "Bearer sesame":
        ...         return deny(401, "bad or missing token")
    """


@hookspec(firstresult=True)
def route(request: Request, peer: Peer, route: Route) -> Destination | None:
    """Chooses where a request goes.

    When: once per request, after ``authorize`` and before an endpoint is picked.

    Args:
        request: The request's head. Read only here.
        peer: Who sent it.
        route: The route that it matched, with the service that its weights chose.

    Returns:
        ``None`` to leave it to the others, and in the end to the route itself.
        ``destination(...)`` to send it to a service by name; the first that chooses wins. A service
        that the proxy does not know gets the client a 503.

    On failure: ``deny`` by default, which answers 503, because sending a request where the plugin
    did not want it may be worse than not sending it. ``skip`` and ``allow`` leave the route's own
    choice.

    Example:
        >>> from pymesh.hooks import destination, hookimpl
        >>> @hookimpl(inline=True)
        ... def route(request):
        ...     if request.headers.get("x-beta") == "1":
        ...         return destination("v2")
    """


@hookspec(firstresult=True)
def on_request(request: Request, peer: Peer, route: Route) -> Respond | None:
    """Edits a request, or answers it.

    When: once per request, after ``route`` and before the request is sent upstream.

    Args:
        request: The request's head; its headers may be edited.
        peer: Who sent it.
        route: The route that it matched.

    Returns:
        ``None``: the next plugin's hook runs, and so on through all of them. ``respond(...)`` to
        answer in the upstream's place; those that have not run yet do not run.

    On failure: ``deny`` by default, which answers 503, because a request without the edit that
    was meant for it (a credential removed, a tenant added) is not the request that was meant.
    What the hook had edited before it failed is kept if it goes on.

    Example:
        >>> from pymesh.hooks import hookimpl
        >>> @hookimpl(inline=True)
        ... def on_request(request, peer):
        ...     request.headers["x-client"] = peer.client
        ...     del request.headers["x-internal"]
    """


@hookspec
def on_response(request: Request, response: Response) -> None:
    """Edits a response.

    When: once per response of an upstream, after its head has arrived and before its first byte
    goes to the client. Answers that the proxy or a plugin makes do not pass here.

    Args:
        request: The request's head. Read only here.
        response: The response's head; ``response.status`` and its headers may be edited.

    Returns:
        ``None``; every plugin's hook runs, in the order that mirrors the request's.

    On failure: ``skip``; ``deny`` cannot be asked for, because the upstream has done its work.

    Example:
        >>> from pymesh.hooks import hookimpl
        >>> @hookimpl(inline=True)
        ... def on_response(response):
        ...     response.headers["x-served-by"] = "pymesh"
    """


@hookspec
def telemetry(records: list[Record]) -> None:
    """Is told of finished requests.

    When: off the path of any request, every 100 ms if there is something to tell, or sooner when
    1,024 requests have ended. One call gets at most 128 records, so that hooks of waiting requests
    can run in between. Always on the dispatcher; ``inline`` is ignored.

    Args:
        records: The requests, in the order in which they ended on one worker.

    Returns:
        ``None``.

    On failure: ``skip``: the records are lost to this hook, and counted. Batches are dropped, and
    counted, when hooks are slower than the traffic.

    Example:
        >>> from pymesh.hooks import hookimpl
        >>> @hookimpl
        ... def telemetry(records):
        ...     for record in records:
        ...         print(record.method, record.path, record.status)
    """
