"""ReferenceGrant: who may refer to objects of this namespace (gateway.networking.k8s.io/v1)."""

from typing import Annotated, ClassVar

from pydantic import Field

from pymesh.resources._base import Model, Resource, register
from pymesh.resources.gateway._types import GROUP, Group, Kind, Namespace, ObjectName


class ReferenceGrantFrom(Model):
    """Objects of a kind in a namespace, which may refer."""

    group: Group
    kind: Kind
    namespace: Namespace


class ReferenceGrantTo(Model):
    """Objects of a kind (one of them, with `name`) in the grant's namespace, as targets."""

    group: Group
    kind: Kind
    name: ObjectName | None = None


class ReferenceGrantSpec(Model):
    """Any of `from` may refer to any of `to`."""

    from_: Annotated[
        tuple[ReferenceGrantFrom, ...], Field(alias="from", min_length=1, max_length=16)
    ]
    to: Annotated[tuple[ReferenceGrantTo, ...], Field(min_length=1, max_length=16)]


@register
class ReferenceGrant(Resource):
    """Lets objects of other namespaces refer to objects of its own namespace."""

    KIND: ClassVar[str] = "ReferenceGrant"
    GROUP: ClassVar[str] = GROUP
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1", "v1beta1")

    spec: ReferenceGrantSpec
