"""Findings about resources: what is wrong, where, and what to do about it."""

from pymesh.validate._loading import load_rules
from pymesh.validate._output import render, to_json, to_text
from pymesh.validate._rules import Code, Issue, codes, define, mesh_rule, rule
from pymesh.validate._running import Report, check_mesh, check_resources, validate

__all__ = [
    "Code",
    "Issue",
    "Report",
    "check_mesh",
    "check_resources",
    "codes",
    "define",
    "load_rules",
    "mesh_rule",
    "render",
    "rule",
    "to_json",
    "to_text",
    "validate",
]
