"""The same decision as `inline_authorize`, on the dispatcher thread."""

from pymesh.hooks import Deny, Request, deny, hookimpl


@hookimpl
def authorize(request: Request) -> Deny | None:
    """Lets a GET below / with the right token pass."""
    if (
        request.method == "GET"
        and request.path.startswith("/")
        and request.headers.get("authorization") == "Bearer benchmark"
    ):
        return None
    return deny(403, "not the benchmark's request")
