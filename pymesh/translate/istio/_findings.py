"""What the translation has to say about resources that are valid by themselves.

The codes are those of :mod:`pymesh.validate`, whose rules say the same about files, with a place.
Here it is a warning at most: what a reference that leads nowhere means is known, and the rest of
the resources is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources import Finding

if TYPE_CHECKING:
    from pymesh.resources import Resource

__all__ = ["CODES", "finding"]

CODES = frozenset(
    {
        "claim-never-matches",
        "destination-not-visible",
        "destination-port-unknown",
        "destination-unknown",
        "peer-authentication-ignored",
        "policy-target-not-enforced",
        "rule-value-unusable",
        "subset-unknown",
        "unix-endpoint-unused",
        "virtual-service-conflict",
    }
)
"""The codes that the translation uses; each is documented with a rule of validation."""


def finding(resource: Resource, code: str, message: str, *, path: str, hint: str = "") -> Finding:
    """A finding about a field of a resource.

    Args:
        resource: The resource.
        code: One of :data:`CODES`.
        message: What is the matter, in one line.
        path: The field, as YAML names it.
        hint: What to do about it, in one line.
    """
    return Finding(code, "warning", message, hint, resource.ref, path)
