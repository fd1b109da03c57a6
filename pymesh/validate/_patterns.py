"""Regular expressions in RE2's syntax: what is wrong with one, as far as its outline shows.

The engine that compiles them has the last word. This finds the mistakes that people make, without
compiling, in time linear to the length.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LONGEST_REGEX", "regex_problem"]

LONGEST_REGEX: Final = 1024
"""Bytes that a pattern may have: Istio admits no longer ones, and each costs every proxy memory."""

_GROUP = re.compile(r"\(\?(?:P?<[A-Za-z_]\w*>|[imsU]*(?:-[imsU]+)?[:)])")
_LOOK = re.compile(r"\(\?<?[=!]")
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_MOST_REPEATS = 1000


def regex_problem(pattern: str) -> str:
    """What is wrong with a pattern in RE2's syntax, as far as its outline shows.

    It looks at length, balance, repetition and what RE2 leaves out; linear in the length.
    """
    if not pattern:
        return "is empty"
    if len(pattern.encode()) > LONGEST_REGEX:
        return f"is longer than {LONGEST_REGEX} bytes"
    return _Scanner(pattern).problem()


class _Scanner:
    """One pass over a pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.depth = 0
        self.repeatable = False
        # How often the last part repeats the part in it that repeats most, and so for all parts
        # of this group, and of the groups around it.
        self.last = 1
        self.most = [1]

    def problem(self) -> str:
        steps = {"\\": self._escape, "[": self._class, "(": self._open, ")": self._close}
        while self.position < len(self.pattern):
            character = self.pattern[self.position]
            step = steps.get(character)
            if step is None:
                step = self._repeat if character in "*+?{" else self._plain
            if character not in "*+?{":
                self.last = 1
            if found := step():
                return found
        return "has a ( without its )" if self.depth else ""

    def _plain(self) -> str:
        self.repeatable = self.pattern[self.position] != "|"
        self.last = 1
        self.position += 1
        return ""

    def _escape(self) -> str:
        following = self.pattern[self.position + 1 : self.position + 2]
        if not following:
            return "ends in a single backslash"
        if following in "123456789":
            return "refers back to a group, which RE2 does not do"
        if following == "Q":
            end = self.pattern.find("\\E", self.position)
            self.position = len(self.pattern) if end < 0 else end + 2
        else:
            self.position += 2
        self.repeatable = True
        return ""

    def _class(self) -> str:
        at = self.position + 1
        at += self.pattern.startswith("^", at)
        at += self.pattern.startswith("]", at)
        while at < len(self.pattern) and self.pattern[at] != "]":
            if self.pattern.startswith("[:", at) and (end := self.pattern.find(":]", at)) > 0:
                at = end + 2
            else:
                at += 2 if self.pattern[at] == "\\" else 1
        if at >= len(self.pattern):
            return "has a [ without its ]"
        self.position = at + 1
        self.repeatable = True
        return ""

    def _open(self) -> str:
        self.repeatable = False
        if not self.pattern.startswith("(?", self.position):
            self.depth += 1
            self.most.append(1)
            self.position += 1
            return ""
        if _LOOK.match(self.pattern, self.position):
            return "looks ahead or behind, which RE2 does not do"
        group = _GROUP.match(self.pattern, self.position)
        if group is None:
            return "has a group of a kind that RE2 does not know"
        if not group.group().endswith(")"):
            self.depth += 1
            self.most.append(1)
        self.position = group.end()
        return ""

    def _close(self) -> str:
        if not self.depth:
            return "has a ) without its ("
        self.depth -= 1
        self.last = self.most.pop()
        self.most[-1] = max(self.most[-1], self.last)
        self.position += 1
        self.repeatable = True
        return ""

    def _repeat(self) -> str:
        end = self.position + 1
        if self.pattern[self.position] == "{":
            count = _COUNT.match(self.pattern, self.position)
            if count is None:
                return self._plain()
            least, comma, most = count.groups()
            largest = int(most) if most else int(least)
            if max(int(least), largest) > _MOST_REPEATS:
                return f"repeats more than {_MOST_REPEATS} times"
            if comma and most and int(most) < int(least):
                return "has a repetition with its bounds the wrong way round"
            self.last *= max(largest, 1)
            if self.last > _MOST_REPEATS:
                return f"repeats something more than {_MOST_REPEATS} times, one count in another"
            self.most[-1] = max(self.most[-1], self.last)
            end = count.end()
        if not self.repeatable:
            return "repeats nothing"
        self.position = end + self.pattern.startswith("?", end)
        self.repeatable = False
        return ""
