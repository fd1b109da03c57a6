"""Findings about resources: what is wrong, where, and what to do about it."""

from pymesh.validate._rules import Code, Issue, define, mesh_rule, rule

__all__ = ["Code", "Issue", "define", "mesh_rule", "rule"]
