"""JSON files, by the JSON parser: YAML's would refuse tabs and surrogate pairs in escapes."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from pymesh.resources._limits import DEPTH, DOCUMENT_NODES
from pymesh.resources._scalars import plain, shortened
from pymesh.resources._yaml import Problem

__all__ = ["Read", "read_json"]


class Read:
    """A JSON text's values.

    Args:
        tree: The values; None for an empty text.
    """

    def __init__(self, tree: Any = None) -> None:  # noqa: ANN401 - whatever JSON can say
        self.tree = tree
        self.nulls = True
        self.problems: list[Problem] = []


def read_json(text: str) -> Read | Problem:
    """Reads a JSON text, or says why it cannot be.

    Its places are looked up as YAML, of which nearly all JSON is a part.
    """
    if not text.strip():
        return Read()
    problems: list[Problem] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(items)
        if len(values) < len(items):
            seen: set[str] = set()
            for name, _ in items:
                if name in seen:
                    message = f"the key {shortened(name)} is given twice"
                    problems.append(Problem("yaml-duplicate-key", message, 0, 0))
                seen.add(name)
        return values

    try:
        tree = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=plain,
            parse_float=plain,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        return Problem("yaml-syntax", error.msg, error.lineno - 1, error.colno - 1)
    except RecursionError:
        return Problem("yaml-too-deep", f"it is nested deeper than {DEPTH} levels", 0, 0)
    except ValueError as error:
        return Problem("yaml-value", str(error), 0, 0)
    read = Read(tree)
    read.problems = problems
    return _beyond(tree) or read


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _beyond(tree: Any) -> Problem | None:  # noqa: ANN401
    """What is said of a tree that is too large or too deep."""
    level, nodes, depth = [tree], 0, 0
    while level:
        nodes += len(level)
        if nodes > DOCUMENT_NODES:
            message = f"the document has more than {DOCUMENT_NODES:,} values"
            return Problem("yaml-too-large", message, 0, 0)
        if depth > DEPTH:
            return Problem("yaml-too-deep", f"it is nested deeper than {DEPTH} levels", 0, 0)
        depth += 1
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        level = below
    return None
