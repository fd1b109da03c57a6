"""TLS of a Gateway: certificates of its listeners, of its clients, and towards backends."""

from typing import Annotated, Literal

from pydantic import Field

from pymesh.resources._base import Model
from pymesh.resources.gateway._references import ObjectReference, SecretObjectReference
from pymesh.resources.gateway._types import AnnotationValue, PortNumber


class ListenerTLS(Model):
    """How a listener treats TLS: ends it with a certificate, or passes it through by SNI."""

    mode: Literal["Terminate", "Passthrough"] = "Terminate"
    certificate_refs: Annotated[tuple[SecretObjectReference, ...], Field(max_length=64)] | None = (
        None
    )
    options: Annotated[dict[str, AnnotationValue], Field(max_length=16)] | None = None


class FrontendValidation(Model):
    """Which client certificates are accepted."""

    ca_certificate_refs: Annotated[tuple[ObjectReference, ...], Field(min_length=1, max_length=16)]
    mode: Literal["AllowValidOnly", "AllowInsecureFallback"] = "AllowValidOnly"


class FrontendTLSConfig(Model):
    """Validation of client certificates."""

    validation: FrontendValidation | None = None


class TLSPortConfig(Model):
    """Validation of client certificates on one port."""

    port: PortNumber
    tls: FrontendTLSConfig


class FrontendTLS(Model):
    """Validation of client certificates, by port."""

    default: FrontendTLSConfig
    per_port: Annotated[tuple[TLSPortConfig, ...], Field(max_length=64)] | None = None


class BackendTLS(Model):
    """The certificate that a Gateway shows to backends."""

    client_certificate_ref: SecretObjectReference | None = None


class GatewayTLS(Model):
    """TLS of a Gateway as a whole."""

    backend: BackendTLS | None = None
    frontend: FrontendTLS | None = None
