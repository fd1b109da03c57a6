"""An answer as text: what becomes of the request, then the steps that led there, as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymesh.answers import Answer, Node

__all__ = ["headline", "render", "visible"]

_GREEN, _RED, _DIM, _BOLD, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"
_COLOURS = {
    "matched": _GREEN,
    "allow": _GREEN,
    "chosen": _GREEN,
    "deny": _RED,
    "not_matched": _DIM,
    "skipped": _DIM,
}
_GOOD = ("forward", "redirect", "direct", "passthrough")


def headline(answer: Answer) -> str:
    """What becomes of the request, in one line.

    Args:
        answer: With or without its steps.
    """
    words = [answer.outcome.replace("_", " ")]
    if answer.status is not None:
        words.append(str(answer.status))
    if answer.location is not None:
        words.append(f"to {answer.location}")
    if answer.outcome == "forward":
        words.append(f"to {', '.join(_destinations(answer))}")
    if answer.route is not None and answer.outcome != "denied":
        words.append(f"by {answer.route}")
    authorization = answer.authorization
    if answer.outcome == "denied" and authorization is not None:
        if authorization.policy is not None:
            rule = "" if authorization.rule is None else f" rule {authorization.rule}"
            words.append(f"by policy {authorization.policy}{rule}")
        words.append(f"({authorization.reason})")
    if answer.error:
        words.append(f"({answer.error})")
    return visible(" ".join(words))


def visible(text: str) -> str:
    """Text that came with a question, safe for a terminal: no control sequence is left.

    Example:
        >>> visible("a" + chr(27) + "[31m") == "a" + chr(92) + "u001b[31m"
        True
    """
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in text)


def _destinations(answer: Answer) -> Iterator[str]:
    shown = [one for one in answer.destinations if one.weight or len(answer.destinations) == 1]
    for one in shown:
        subset = f" subset {one.subset}" if one.subset else ""
        weight = f" ({one.weight})" if len(shown) > 1 else ""
        yield f"{one.host}:{one.port}{subset}{weight}"


def render(answer: Answer, *, colour: bool = False) -> str:
    """The headline, an empty line, and the tree.

    Args:
        answer: With its steps.
        colour: Whether to use ANSI colours.

    Returns:
        Lines without a line feed at the end.

    Example:
        >>> from pymesh.engine import Request, To, compile
        >>> engine = compile(b'{"mesh": {"outbound": "registry_only"}}')
        >>> answer = engine.explain(Request(destination=To(host="pay")))
        >>> render(answer).splitlines()[0]
        'unavailable 502'
    """
    first = headline(answer)
    if colour:
        tint = _GREEN if answer.outcome in _GOOD else _RED
        first = f"{_BOLD}{tint}{first}{_PLAIN}"
    return "\n".join([first, *([""] if answer.tree else []), *_lines(answer.tree, "", colour)])


def _lines(nodes: Sequence[Node], margin: str, colour: bool) -> Iterator[str]:  # noqa: FBT001
    for number, node in enumerate(nodes, 1):
        last = number == len(nodes)
        yield f"{margin}{'└─' if last else '├─'} {_line(node, colour)}"
        yield from _lines(node.children, margin + ("   " if last else "│  "), colour)


def _line(node: Node, colour: bool) -> str:  # noqa: FBT001
    what = f"{node.step.replace('_', ' ')} {node.name}".strip()
    result = node.result.replace("_", " ")
    if colour:
        result = f"{_COLOURS.get(node.result, '')}{result}{_PLAIN}"
    return f"{visible(what)}: {result}" + (f", {visible(node.reason)}" if node.reason else "")
