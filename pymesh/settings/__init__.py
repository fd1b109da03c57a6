"""Process settings: declared once in a table, resolved with one precedence.

Example:
    >>> resolve(PROXY, {"to": ["127.0.0.1:9000"]}, {})["to"]
    [upstream=127.0.0.1:9000@1]
"""

from __future__ import annotations

from pymesh.settings.resolve import Resolved, resolve
from pymesh.settings.table import GROUPS, PROXY, Setting

__all__ = ["GROUPS", "PROXY", "Resolved", "Setting", "resolve"]
