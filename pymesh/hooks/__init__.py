"""The public plugin API: everything a plugin author imports.

A plugin is a module or a class with functions named as the hooks of :mod:`pymesh.hooks.spec` and
marked with :func:`hookimpl`. It is switched on by configuration (``pymesh proxy run -p auth.py``),
never by being installed.

Example:
    >>> from pymesh.hooks import deny, hookimpl
    >>> class HeaderAuth:
    ...     def __init__(self, config):
    ...         self.token = config.token
    ...
    ...     @hookimpl(inline=True)
    ...     def authorize(self, request):
    ...         if request.headers.get("authorization") != f"Bearer {self.token}":
    ...             return deny(401, "bad or missing token")
"""

from __future__ import annotations

from pymesh.hooks._views import Headers, Peer, Record, Request, Response, Route
from pymesh.hooks.errors import DeadlineExceeded, HookError
from pymesh.hooks.options import hookimpl
from pymesh.hooks.verdicts import (
    Allow,
    Deny,
    Destination,
    Respond,
    allow,
    deny,
    destination,
    respond,
)

__all__ = [
    "Allow",
    "DeadlineExceeded",
    "Deny",
    "Destination",
    "Headers",
    "HookError",
    "Peer",
    "Record",
    "Request",
    "Respond",
    "Response",
    "Route",
    "allow",
    "deny",
    "destination",
    "hookimpl",
    "respond",
]
