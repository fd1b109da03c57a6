"""References between objects, as Gateway API writes them."""

from typing import Annotated

from pydantic import Field

from pymesh.resources._base import Model
from pymesh.resources.gateway._types import (
    GROUP,
    Group,
    Kind,
    Namespace,
    ObjectName,
    PortNumber,
    SectionName,
)


class ParentReference(Model):
    """The Gateway (or, for a mesh, the Service) that a route attaches to."""

    group: Group = GROUP
    kind: Kind = "Gateway"
    name: ObjectName
    namespace: Namespace | None = None
    section_name: SectionName | None = None
    port: PortNumber | None = None


class LocalObjectReference(Model):
    """An object in the same namespace."""

    group: Group
    kind: Kind
    name: ObjectName


class ObjectReference(LocalObjectReference):
    """An object that may be in another namespace (which then needs a ReferenceGrant)."""

    namespace: Namespace | None = None


class SecretObjectReference(Model):
    """Where a certificate is kept; a Secret unless said otherwise."""

    group: Group = ""
    kind: Kind = "Secret"
    name: ObjectName
    namespace: Namespace | None = None


class BackendObjectReference(Model):
    """Where requests go: a Service unless said otherwise, for which `port` is required."""

    group: Group = ""
    kind: Kind = "Service"
    name: ObjectName
    namespace: Namespace | None = None
    port: PortNumber | None = None


class BackendReference(BackendObjectReference):
    """A backend of a rule and its share of the requests, relative to the rule's other backends."""

    weight: Annotated[int, Field(ge=0, le=1_000_000)] = 1
