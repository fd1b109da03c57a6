"""Findings about resources: what is wrong, where, and what to do about it."""

from pymesh.validate._loading import load_rules
from pymesh.validate._output import to_json, to_text
from pymesh.validate._rules import Code, Issue, codes, define, mesh_rule, rule
from pymesh.validate._running import Report, validate

__all__ = [
    "Code",
    "Issue",
    "Report",
    "codes",
    "define",
    "load_rules",
    "mesh_rule",
    "rule",
    "to_json",
    "to_text",
    "validate",
]
