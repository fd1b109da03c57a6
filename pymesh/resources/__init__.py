"""The user's resources, typed: Kubernetes, Istio, Gateway API and our own."""

from __future__ import annotations

from pymesh.resources._base import (
    Duration,
    Ignored,
    Metadata,
    Model,
    NotYet,
    Projection,
    Resource,
    ResourceKey,
    register,
    registered,
)
from pymesh.resources._document import Document
from pymesh.resources._loading import load
from pymesh.resources._reading import Parsed, parse
from pymesh.resources.findings import Finding, ResourceRef
from pymesh.resources.mesh import Mesh

__all__ = [
    "Document",
    "Duration",
    "Finding",
    "Ignored",
    "Mesh",
    "Metadata",
    "Model",
    "NotYet",
    "Parsed",
    "Projection",
    "Resource",
    "ResourceKey",
    "ResourceRef",
    "load",
    "parse",
    "register",
    "registered",
]
