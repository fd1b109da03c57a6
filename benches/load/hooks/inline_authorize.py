"""The hook whose cost is measured: reads the method, the path and one header, and lets all pass."""

from pymesh.hooks import Deny, Request, deny, hookimpl


@hookimpl(inline=True)
def authorize(request: Request) -> Deny | None:
    """Lets a GET below / with the right token pass."""
    if (
        request.method == "GET"
        and request.path.startswith("/")
        and request.headers.get("authorization") == "Bearer benchmark"
    ):
        return None
    return deny(403, "not the benchmark's request")
