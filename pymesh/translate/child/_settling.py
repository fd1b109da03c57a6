"""When files that are being changed are read: not while somebody is still at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymesh.translate.child._files import Stamp

__all__ = ["GRACE_SECONDS", "LONGEST_SECONDS", "QUIET_SECONDS", "Settling"]

QUIET_SECONDS = 0.1
"""How long files must stay as they are: editors and copies write in several steps."""
GRACE_SECONDS = 1.5
"""How long a file must stay away, or empty, to count as removed: replacing it takes a moment, and
what it said may be the policy that keeps somebody out."""
LONGEST_SECONDS = 10.0
"""After how long files that never come to rest are read all the same."""


class Settling:
    """Compares what files look like with what they looked like when they were read.

    Args:
        quiet: Seconds without a change before files are read.
        grace: The same where a file is gone or empty that was not before.
        longest: Seconds after which files are read though they still change.
    """

    def __init__(
        self,
        quiet: float = QUIET_SECONDS,
        grace: float = GRACE_SECONDS,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._quiet = quiet
        self._grace = grace
        self._longest = longest
        self._read: Mapping[str, Stamp | None] = {}
        self._seen: Mapping[str, Stamp | None] = {}
        self._since = 0.0
        self._first = 0.0

    def was_read(self, stamps: Mapping[str, Stamp | None]) -> None:
        """Notes what the files looked like just before they were read."""
        self._read = self._seen = stamps

    def look(self, now: float, stamps: Mapping[str, Stamp | None]) -> float | None:
        """Says whether the files are to be read.

        Args:
            now: Seconds of a clock that only goes forward.
            stamps: What the files look like.

        Returns:
            ``None`` if nothing has changed, 0 if they are to be read now, else the seconds after
            which to look again.
        """
        if stamps == self._read:
            self._seen = stamps
            return None
        if self._seen == self._read:
            self._first = now
        if stamps != self._seen:
            self._seen = stamps
            self._since = now
        needed = self._grace if self._lost(stamps) else self._quiet
        due = min(self._since + needed, self._first + max(self._longest, needed))
        return max(0.0, due - now)

    def _lost(self, stamps: Mapping[str, Stamp | None]) -> bool:
        """Whether a file is missing or empty that was there when the files were read."""
        for name, before in self._read.items():
            if before is not None and before.size:
                stamp = stamps.get(name)
                if stamp is None or not stamp.size:
                    return True
        return False
