"""Writes one JSON line for each finished request."""

from pymesh.plugins.audit_log.plugin import AuditLog, Config

__all__ = ["AuditLog", "Config"]
