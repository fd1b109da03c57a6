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
from pymesh.resources._loading import load
from pymesh.resources.findings import Finding, ResourceRef
from pymesh.resources.mesh import Mesh

__all__ = [
    "Duration",
    "Finding",
    "Ignored",
    "Mesh",
    "Metadata",
    "Model",
    "NotYet",
    "Projection",
    "Resource",
    "ResourceKey",
    "ResourceRef",
    "load",
    "register",
    "registered",
]
