"""Istio's Gateway: the ports and hosts of a proxy at the mesh's edge (networking.istio.io)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pymesh.resources._base import Ignored, NotYet, Resource, register
from pymesh.resources.istio._scalars import NETWORKING, VERSIONS, UInt32
from pymesh.resources.istio._shared import IstioModel

__all__ = [
    "Gateway",
    "GatewaySpec",
    "Server",
    "ServerPort",
    "ServerTLS",
    "TLSCertificate",
    "TLSMode",
    "TLSVersion",
]

TLSMode = Literal[
    "PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"
]
TLSVersion = Literal["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"]

_TLS = NotYet("TLS at gateways")


class TLSCertificate(IstioModel):
    """A certificate of the server, as files.

    Args:
        server_certificate: Path of the certificate chain.
        private_key: Path of its key.
        ca_certificates: Path of the authorities for clients' certificates.
    """

    server_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""


class ServerTLS(IstioModel):
    """TLS of a server's port.

    Args:
        https_redirect: Answer plaintext requests with a 301 to `https`.
        mode: Whether TLS ends here, and what clients must show.
        server_certificate: Path of the certificate chain.
        private_key: Path of its key.
        ca_certificates: Path of the authorities for clients' certificates.
        ca_crl: Path of a list of revoked certificates.
        credential_name: The secret with the certificate.
        credential_names: Secrets with certificates of different kinds (RSA, ECDSA).
        ca_cert_credential_name: The secret with the authorities alone.
        tls_certificates: Certificates of different kinds, as files.
        subject_alt_names: Names a client's certificate may have.
        verify_certificate_spki: Hashes of the keys a client may have.
        verify_certificate_hash: Hashes of the certificates a client may have.
        min_protocol_version: TLS 1.2 if not set.
        max_protocol_version: TLS 1.3 if not set.
        cipher_suites: Suites up to TLS 1.2.
        insecure_skip_verify: Take any client's certificate.
    """

    https_redirect: bool = False
    mode: Annotated[TLSMode, _TLS] = "PASSTHROUGH"
    server_certificate: Annotated[str, _TLS] = ""
    private_key: Annotated[str, _TLS] = ""
    ca_certificates: Annotated[str, _TLS] = ""
    ca_crl: Annotated[str, _TLS] = ""
    credential_name: Annotated[str, _TLS] = ""
    credential_names: Annotated[tuple[str, ...] | None, Field(min_length=1, max_length=2), _TLS] = (
        None
    )
    ca_cert_credential_name: Annotated[str, _TLS] = ""
    tls_certificates: Annotated[
        tuple[TLSCertificate, ...] | None, Field(min_length=1, max_length=2), _TLS
    ] = None
    subject_alt_names: Annotated[tuple[str, ...], _TLS] = ()
    verify_certificate_spki: Annotated[tuple[str, ...], _TLS] = ()
    verify_certificate_hash: Annotated[tuple[str, ...], _TLS] = ()
    min_protocol_version: Annotated[TLSVersion, _TLS] = "TLS_AUTO"
    max_protocol_version: Annotated[TLSVersion, _TLS] = "TLS_AUTO"
    cipher_suites: Annotated[tuple[str, ...], _TLS] = ()
    insecure_skip_verify: Annotated[bool | None, _TLS] = None


class ServerPort(IstioModel):
    """The port a server listens on.

    Args:
        number: The port; 0 only for a Unix domain socket.
        protocol: HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, TCP or TLS.
        name: Its name, unique in the gateway.
        target_port: Has no effect.
    """

    number: UInt32
    protocol: str
    name: str
    target_port: Annotated[UInt32, Ignored("a gateway listens on `number`")] = 0


class Server(IstioModel):
    """A port and the hosts served on it.

    Args:
        port: The port.
        bind: The address to listen on; empty is all of them.
        hosts: The hosts, `namespace/host` to take VirtualServices of that namespace only.
        tls: TLS settings; needed for HTTPS and TLS.
        default_endpoint: Not implemented by Istio either.
        name: A name for it.
    """

    port: ServerPort
    bind: str = ""
    hosts: tuple[str, ...]
    tls: ServerTLS | None = None
    default_endpoint: Annotated[str, Ignored("Istio does not implement it either")] = ""
    name: str = ""


class GatewaySpec(IstioModel):
    """Which proxies, and what they listen on.

    Args:
        servers: Ports and hosts.
        selector: Labels of the workloads that it configures, in every namespace.
    """

    servers: tuple[Server, ...] = ()
    selector: dict[str, str] = {}


@register
class Gateway(Resource):
    """What a gateway's proxies listen on; VirtualServices that name it say where requests go.

    Args:
        spec: Ports and hosts.
    """

    KIND: ClassVar = "Gateway"
    GROUP: ClassVar = NETWORKING
    VERSIONS: ClassVar = VERSIONS

    spec: Annotated[GatewaySpec, Field(default_factory=GatewaySpec)]
