"""Trees to typed resources, and pydantic's complaints to findings at their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import ValidationError

from pymesh.errors import did_you_mean
from pymesh.resources._fields import METADATA_FIELDS, fields_at
from pymesh.resources._scalars import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic_core import ErrorDetails

    from pymesh.resources._base import Resource
    from pymesh.resources._document import Document, Path
    from pymesh.resources.findings import Finding

__all__ = ["FINDINGS", "read_resource"]

FINDINGS: Final = 100
"""Of one document; a text made to have more must not cost more."""

_EXPECTED: Final = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "null",
}
_ACTUAL: Final[dict[type, str]] = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a mapping",
    type(None): "null",
}


class _Complaint(NamedTuple):
    """One of pydantic's errors about a path that is in the tree."""

    code: str
    message: str
    hint: str = ""
    key: bool = False


def read_resource(document: Document, kind: type[Resource]) -> Iterator[Finding]:
    """Makes the document's resource, or says why not.

    Args:
        document: A document whose tree is a mapping; gets its resource.
        kind: The class of its kind.
    """
    complaints = _nulls_and_metadata(document, kind)
    try:
        document.resource = kind.model_validate(document.tree, by_alias=True, by_name=False)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        complaints = _merged(document, kind, details[: 2 * FINDINGS], complaints)
    for number, (path, complaint) in enumerate(complaints.items()):
        if number == FINDINGS:
            more = len(complaints) - FINDINGS
            yield document.finding("more-findings", "error", f"and at least {more} more")
            break
        yield document.finding(
            complaint.code, "error", complaint.message, path, complaint.hint, key=complaint.key
        )
    if complaints:
        document.resource = None


def _merged(
    document: Document,
    kind: type[Resource],
    details: Iterable[ErrorDetails],
    complaints: dict[Path, _Complaint],
) -> dict[Path, _Complaint]:
    """One complaint for a path: that a value is neither of two types are two errors."""
    expected: dict[Path, list[str]] = {}
    for detail in details:
        path, value = _in_tree(document.tree, detail)
        if detail["type"] in _EXPECTED:
            names = expected.setdefault(path, [])
            if _EXPECTED[detail["type"]] not in names:
                names.append(_EXPECTED[detail["type"]])
            if complaints.get(path, _WRONG).code == "wrong-type":
                complaints[path] = _wrong_type(value, names)
        elif path not in complaints or complaints[path].code == "wrong-type":
            complaints[path] = _complaint(kind, path, value, detail)
    return complaints


_WRONG: Final = _Complaint("wrong-type", "")


def _in_tree(tree: object, detail: ErrorDetails) -> tuple[Path, object]:
    """The path of an error without the names of union members, which are no fields."""
    location = detail["loc"]
    path: list[str | int] = []
    value: Any = tree
    for number, step in enumerate(location):
        if _holds(value, step):
            value = value[step]
        elif number < len(location) - 1 or detail["type"] != "missing":
            continue
        path.append(step)
    return tuple(path), value


def _holds(value: object, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def _wrong_type(value: object, names: list[str]) -> _Complaint:
    expected = " or ".join(names)
    actual = _ACTUAL.get(type(value), "something else")
    if value is None:
        return _Complaint("wrong-type", f"must be {expected}, not null", _NULL_HINT, key=True)
    hint = ""
    if isinstance(value, (bool, int, float)) and "a string" in names:
        hint = "put it in quotes"
    elif isinstance(value, str) and _is_quoted_number(value, names):
        hint = f"write {value} without quotes"
    elif not isinstance(value, list) and names == ["a list"]:
        hint = "put a dash before it"
    return _Complaint("wrong-type", f"must be {expected}, not {actual}", hint)


_NULL_HINT: Final = "give it a value, or leave the field out"


def _is_quoted_number(text: str, names: list[str]) -> bool:
    if "an integer" in names:
        return len(text) < 20 and text.isascii() and text.isdigit()
    return "true or false" in names and text in {"true", "false"}


def _complaint(kind: type[Resource], path: Path, value: object, detail: ErrorDetails) -> _Complaint:
    error, context = detail["type"], detail.get("ctx", {})
    name = shortened(str(path[-1])) if path else ""
    if error == "extra_forbidden":
        known = fields_at(kind, path[:-1]) or ()
        hint = did_you_mean(name, known) or _list("known are", known)
        return _Complaint("unknown-field", f"there is no field {name}", hint, key=True)
    if error == "missing":
        return _Complaint("missing-field", f"the field {name} is required", key=True)
    if error == "literal_error":
        words = [word for word in str(context["expected"]).split("'")[1::2] if word]
        given = shortened(str(value))
        hint = did_you_mean(given, words) or did_you_mean(given.upper(), words)
        return _Complaint("invalid-value", f"must be one of {', '.join(words)}, not {given}", hint)
    return _Complaint("invalid-value", _bounds(error, context) or detail["msg"])


_BOUNDS: Final = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "string_pattern_mismatch": "must match {pattern}",
    "multiple_of": "must be a multiple of {multiple_of}",
}


def _bounds(error: str, context: dict[str, Any]) -> str:
    """What is said of a value out of bounds, in the words of this project."""
    if error in {"string_too_short", "too_short"} and context["min_length"] == 1:
        return "must not be empty"
    return _BOUNDS.get(error, "").format_map(context)


def _list(what: str, words: Iterable[str]) -> str:
    known = sorted(words)
    if not known:
        return ""
    return f"{what} {', '.join(known[:12])}{' …' if len(known) > 12 else ''}"


def _nulls_and_metadata(document: Document, kind: type[Resource]) -> dict[Path, _Complaint]:
    """What the models cannot say: nulls, and unknown fields of ObjectMeta.

    A field that is null counts as absent, as an API server prunes it; an item of a list cannot.
    """
    complaints: dict[Path, _Complaint] = {}
    tree = document.tree
    if document.nulls and not kind.NULLS:
        for name in list(tree):
            _remove_nulls(kind, tree, name, (name,))
    metadata = tree.get("metadata")
    if isinstance(metadata, dict) and kind.model_config.get("extra") == "forbid":
        for name in metadata.keys() - METADATA_FIELDS:
            hint = did_you_mean(name[:64], METADATA_FIELDS)
            message = f"there is no field {shortened(name)}"
            complaints["metadata", name] = _Complaint("unknown-field", message, hint, key=True)
    return complaints


def _remove_nulls(kind: type[Resource], parent: Any, step: str | int, path: Path) -> None:  # noqa: ANN401
    value = parent[step]
    if value is None and isinstance(parent, dict):
        known = fields_at(kind, path[:-1])
        if known is None or step in known:  # a misspelled field stays, to be found
            del parent[step]
    elif isinstance(value, dict):
        for name in list(value):
            _remove_nulls(kind, value, name, (*path, name))
    elif isinstance(value, list):
        for number in range(len(value)):
            _remove_nulls(kind, value, number, (*path, number))
