"""The demo's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymesh.demo.client import Tally

__all__ = ["table"]


def table(tally: Tally, counted: Mapping[str, int]) -> Table:
    """What happened so far.

    Args:
        tally: What the client saw.
        counted: Requests by status, as the proxy's ``/metrics`` says.
    """
    shown = Table(title="pymesh demo", title_justify="left", show_header=False, min_width=64)
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column()
    success = tally.statuses[200]
    share = f" ({success / tally.total:.1%})" if tally.total else ""
    shown.add_row("requests", f"{tally.total}")
    shown.add_row("success", f"{success}{share}")
    shown.add_row("p50 / p99", f"{_ms(tally.quantile(0.50))} / {_ms(tally.quantile(0.99))}")
    for reason, count in sorted(tally.reasons.items()):
        shown.add_row(f"denied: {reason}", f"{count}")
    answered = tally.services.total()
    for service, count in sorted(tally.services.items()):
        shown.add_row(f"to {service}", f"{count} ({count / answered:.1%})")
    by_status = ", ".join(f"{status}: {count}" for status, count in sorted(counted.items()))
    shown.add_row("/metrics", by_status or "-")
    return shown


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"
