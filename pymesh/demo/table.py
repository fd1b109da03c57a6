"""The demo's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from pymesh.demo.client import DENIED

if TYPE_CHECKING:
    from pymesh.demo.client import Tally
    from pymesh.demo.metrics import Counts

__all__ = ["table"]


def table(tally: Tally, counted: Counts) -> Table:
    """What happened so far.

    Args:
        tally: What the client saw.
        counted: What the proxy's ``/metrics`` says.
    """
    shown = Table(title="pymesh demo", title_justify="left", show_header=False, min_width=64)
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column()
    success = tally.statuses[200]
    share = f" ({success / tally.total:.1%})" if tally.total else ""
    shown.add_row("requests", f"{tally.total}")
    shown.add_row("success", f"{success}{share}")
    shown.add_row("p50 / p99", f"{_ms(tally.quantile(0.50))} / {_ms(tally.quantile(0.99))}")
    for policy, count in sorted(counted.denials.items()):
        shown.add_row(f"denied: policy {policy}", f"{count}")
    for reason, count in sorted(tally.reasons.items()):
        # Which policy it was stands above; the client is not told.
        if reason != DENIED:
            shown.add_row(f"denied: {reason}", f"{count}")
    answered = tally.services.total()
    for service, count in sorted(tally.services.items()):
        shown.add_row(f"to {service}", f"{count} ({count / answered:.1%})")
    by_status = [f"{status}: {count}" for status, count in sorted(counted.requests.items())]
    shown.add_row("/metrics", ", ".join(by_status) or "-")
    return shown


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"
