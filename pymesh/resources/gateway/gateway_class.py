"""GatewayClass: which controller serves the Gateways of a class (gateway.networking.k8s.io/v1)."""

from typing import Annotated, ClassVar, Final

from pydantic import StringConstraints

from pymesh.resources._base import Model, NotYet, Resource, register
from pymesh.resources.gateway._references import ObjectReference
from pymesh.resources.gateway._types import GROUP, ControllerName

CONTROLLER_NAME: Final = "mesh.pymesh.dev/gateway-controller"
"""The controller that a GatewayClass names for its Gateways to be served here."""

DEFAULT_CLASS: Final = "pymesh"
"""The class that exists without being declared."""


class GatewayClassSpec(Model):
    """What a GatewayClass says."""

    controller_name: ControllerName
    parameters_ref: Annotated[ObjectReference | None, NotYet("parameters of a class")] = None
    description: Annotated[str, StringConstraints(max_length=64)] | None = None


@register
class GatewayClass(Resource):
    """A class of Gateways and the controller that serves them."""

    KIND: ClassVar[str] = "GatewayClass"
    GROUP: ClassVar[str] = GROUP
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1", "v1beta1")
    NAMESPACED: ClassVar[bool] = False

    spec: GatewayClassSpec
