"""Rules for GRPCRoute alone: services and methods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

METHOD_MATCH = Code(
    "grpc-method-match",
    "error",
    "A method match names neither a service nor a method, or a name that gRPC services or methods "
    "cannot have.",
    "Write `service: package.Service` and `method: Method`, or leave `method` out for any.",
)

# The letters of other scripts that fold to k and s are RE2's reading of `(?i)[a-z]`.
_LETTER = "A-Za-z\u017f\u212a_"
_SERVICE = re.compile(rf"\.?[{_LETTER}][{_LETTER}0-9]*(\.[{_LETTER}][{_LETTER}0-9]*)*")
_METHOD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@rule(GRPCRoute, codes=[METHOD_MATCH])
def check_methods(resource: GRPCRoute) -> Iterator[Issue]:
    """Services and methods have names, and such as gRPC has."""
    for number, one in enumerate(resource.spec.rules or ()):
        for index, match in enumerate(one.matches or ()):
            method = match.method
            if method is None:
                continue
            path = ("spec", "rules", number, "matches", index, "method")
            if method.service is None and method.method is None:
                yield Issue("grpc-method-match", "neither a service nor a method is named", path)
            if method.type != "Exact":
                continue
            if method.service is not None and not _SERVICE.fullmatch(method.service):
                yield Issue(
                    "grpc-method-match",
                    f"{method.service!r} is not the name of a gRPC service",
                    (*path, "service"),
                )
            if method.method is not None and not _METHOD.fullmatch(method.method):
                yield Issue(
                    "grpc-method-match",
                    f"{method.method!r} is not the name of a gRPC method",
                    (*path, "method"),
                )
