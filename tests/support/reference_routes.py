"""Which rule serves a request, in a hundred lines that only follow the published texts.

Gateway API: "HTTPRouteMatch", "HTTPPathMatch", "HTTPRouteRule" (precedence) and "hostnames".
Istio: VirtualService `HTTPMatchRequest`, and the order of rules. Nothing here is taken from the
compiled matcher, nor made fast.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

Json = dict[str, Any]


class Asked(NamedTuple):
    """A request as a rule sees it."""

    namespace: str
    labels: dict[str, str]
    host: str
    port: int
    scheme: str
    method: str
    path: str
    query: str
    headers: dict[str, str]


def serve(documents: list[Json], asked: Asked) -> tuple[str, int] | str:
    """Name and number of the rule, or why there is none: ``no host`` or ``no rule``."""
    document = of_host(documents, asked)
    if document is None:
        return "no host"
    matches = [(match, rule) for rule in document["rules"] for match in rule.get("matches") or [{}]]
    if document.get("order", "specific") == "specific":
        matches.sort(key=lambda pair: precedence(pair[0]))  # stable: earlier rules win ties
    for match, rule in matches:
        if holds(match, asked):
            return rule["resource"]["name"], rule["resource"]["rule"]
    return "no rule"


def of_host(documents: list[Json], asked: Asked) -> Json | None:
    """The document of the most specific host; of one host the one for the asker's namespace."""
    seen = [one for one in documents
            if one.get("port", 0) in (0, asked.port)
            and one.get("audience", "*") in ("*", asked.namespace)]  # fmt: skip
    ranked = [(specificity(host, asked.host), one.get("audience", "*") != "*", one)
              for one in seen for host in names(one, asked)]  # fmt: skip
    fitting = [entry for entry in ranked if entry[0] is not None]
    return max(fitting, key=lambda entry: entry[:2])[2] if fitting else None


def names(document: Json, asked: Asked) -> list[str]:
    near = document.get("local_aliases", []) if document.get("namespace") == asked.namespace else []
    return [document["host"], *document.get("aliases", []), *near]


def specificity(pattern: str, host: str) -> tuple[bool, int] | None:
    """Exact before wildcard, and the longest wildcard; none if the host is another one."""
    host = host.lower()
    if pattern == host:
        return True, len(pattern)
    if pattern == "*" or (pattern.startswith("*.") and host.endswith(pattern[1:])):
        return False, len(pattern)
    return None


def precedence(match: Json) -> tuple[int, int, bool, int, int]:
    """Gateway API: exact path, longest prefix, then method, most headers, most parameters."""
    path = match.get("path")
    kind = {"exact": 0, "prefix": 1, "regex": 2}[path["type"]] if path else 3
    length = len(path["value"].rstrip("/")) if path and kind == 1 else 0
    return (kind, -length, "method" not in match,
            -len(match.get("headers", [])), -len(match.get("query", [])))  # fmt: skip


def holds(match: Json, asked: Asked) -> bool:
    """Whether all conditions hold; a condition that is absent does."""
    source = match.get("source", {})
    headers = {name.lower(): value for name, value in asked.headers.items()}
    query: dict[str, str] = {}
    for pair in asked.query.split("&") if asked.query else []:
        name, _, value = pair.partition("=")
        query.setdefault(name, value)  # the first of a name counts
    return (
        source.get("namespace", "") in ("", asked.namespace)
        and source.get("labels", {}).items() <= asked.labels.items()
        and ("path" not in match or path_holds(match["path"], asked.path))
        and ("method" not in match or text_holds(match["method"], asked.method))
        and ("scheme" not in match or text_holds(match["scheme"], asked.scheme))
        and ("authority" not in match or text_holds(match["authority"], asked.host))
        and all(named_holds(one, headers.get(one["name"].lower()))
                for one in match.get("headers", []))
        and all(named_holds(one, query.get(one["name"])) for one in match.get("query", []))
    )  # fmt: skip


def path_holds(condition: Json, path: str) -> bool:
    """Gateway API's prefix goes by elements, Istio's by characters."""
    value = condition["value"]
    if condition.get("ignore_case"):
        value, path = value.lower(), path.lower()
    if condition["type"] == "prefix":
        value = value.rstrip("/")
        return path == value or path.startswith(value + "/")
    if condition["type"] == "starts_with":
        return bool(path.startswith(value))
    return bool(path == value if condition["type"] == "exact" else re.fullmatch(value, path))


def text_holds(condition: Json, text: str) -> bool:
    value, kind = condition["value"], condition["type"]
    if condition.get("ignore_case"):
        value, text = value.lower(), text.lower()
    return bool({"exact": text == value, "prefix": text.startswith(value),
                 "suffix": text.endswith(value)}.get(kind)
                if kind != "regex" else re.fullmatch(value, text))  # fmt: skip


def named_holds(condition: Json, value: str | None) -> bool:
    """A field or parameter; `withoutHeaders` takes a value that is missing as empty."""
    if not condition.get("invert"):
        return value is not None and (
            condition["type"] == "present" or text_holds(condition, value)
        )
    if condition["type"] == "present":
        return value is None
    return not text_holds(condition, value or "")
