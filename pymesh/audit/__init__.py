"""The audit log of a proxy: reading it, and whether anybody changed it."""

from __future__ import annotations

from pymesh.audit._verify import Verified, verify

__all__ = ["Verified", "verify"]
