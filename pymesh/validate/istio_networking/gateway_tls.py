"""Rules for the TLS settings of Istio's Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.gateway import Gateway
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import is_http, is_tls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio.gateway import Server, ServerTLS
    from pymesh.validate._rules import Path

GATEWAY_TLS_MISSING = Code(
    "gateway-tls-missing",
    "error",
    "A server's protocol is HTTPS or TLS, and it has no TLS settings.",
    "Add `tls` with a mode and a certificate, or correct the protocol.",
)
GATEWAY_TLS_UNEXPECTED = Code(
    "gateway-tls-unexpected",
    "error",
    "A server of a plaintext protocol has TLS settings. For HTTP, `httpsRedirect` is the only one "
    "that it can have.",
    "Correct the protocol (HTTPS or TLS), or remove the settings.",
)
GATEWAY_TLS_CREDENTIALS = Code(
    "gateway-tls-credentials",
    "error",
    "The certificates of a server are missing, given in more than one way, or not wanted: SIMPLE "
    "and MUTUAL need a certificate with its key, MUTUAL also the authorities for clients, from "
    "exactly one source; ISTIO_MUTUAL uses the workload's own and takes none.",
    "Give `credentialName`, or `serverCertificate` and `privateKey` (and `caCertificates`).",
)
GATEWAY_TLS_WITHOUT_EFFECT = Code(
    "gateway-tls-without-effect",
    "warning",
    "TLS settings have no effect: certificates where TLS is passed through, cipher suites that "
    "do not exist or are listed twice, `httpsRedirect` on a port that is not HTTP.",
    "Remove them, or correct the mode or the protocol.",
)
_SUITES = frozenset(
    {
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-RSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-SHA",
        "ECDHE-RSA-AES256-SHA",
        "ECDHE-ECDSA-AES128-SHA256",
        "ECDHE-RSA-AES128-SHA256",
        "ECDHE-ECDSA-AES256-SHA384",
        "ECDHE-RSA-AES256-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
        "AES128-SHA",
        "AES256-SHA",
        "AES128-SHA256",
        "AES256-SHA256",
        "DES-CBC3-SHA",
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    }
)
_TERMINATING = frozenset({"SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"})
_PASSING = frozenset({"PASSTHROUGH", "AUTO_PASSTHROUGH"})


@rule(
    Gateway,
    codes=[GATEWAY_TLS_MISSING, GATEWAY_TLS_UNEXPECTED, GATEWAY_TLS_WITHOUT_EFFECT],
)
def check_protocols(resource: Gateway) -> Iterator[Issue]:
    """TLS settings are there where the protocol is TLS, and nowhere else."""
    for index, server in enumerate(resource.spec.servers):
        yield from _check_protocol(server, ("spec", "servers", index))


def _check_protocol(server: Server, path: Path) -> Iterator[Issue]:
    protocol, tls = server.port.protocol, server.tls
    if tls is None:
        if is_tls(protocol):
            yield Issue(GATEWAY_TLS_MISSING.code, f"{protocol} needs tls", path, "add tls")
        return
    place = (*path, "tls")
    if tls.https_redirect and not is_http(protocol):
        yield Issue(
            GATEWAY_TLS_WITHOUT_EFFECT.code,
            f"{protocol} is not redirected to https",
            (*place, "httpsRedirect"),
        )
    if is_tls(protocol):
        return
    if not is_http(protocol):
        yield Issue(GATEWAY_TLS_UNEXPECTED.code, f"{protocol} has no TLS settings", place)
    elif (
        tls.mode not in _PASSING or tls.server_certificate or tls.private_key or tls.ca_certificates
    ):
        yield Issue(
            GATEWAY_TLS_UNEXPECTED.code,
            f"{protocol} is plaintext; only httpsRedirect goes with it",
            place,
        )


@rule(Gateway, codes=[GATEWAY_TLS_CREDENTIALS, GATEWAY_TLS_WITHOUT_EFFECT])
def check_credentials(resource: Gateway) -> Iterator[Issue]:
    """Certificates come from one source, and are there if they are needed."""
    for index, server in enumerate(resource.spec.servers):
        if server.tls is not None:
            place = ("spec", "servers", index, "tls")
            yield from _check_suites(server.tls, place)
            yield from _check_mode(server.tls, place)


def _check_suites(tls: ServerTLS, place: Path) -> Iterator[Issue]:
    seen: set[str] = set()
    for index, suite in enumerate(tls.cipher_suites):
        problem = "is listed already" if suite in seen else "is not a cipher suite"
        if suite in seen or suite not in _SUITES:
            yield Issue(
                GATEWAY_TLS_WITHOUT_EFFECT.code,
                f"{suite} {problem}",
                (*place, "cipherSuites", index),
            )
        seen.add(suite)


def _check_mode(tls: ServerTLS, place: Path) -> Iterator[Issue]:
    given = {
        "serverCertificate": bool(tls.server_certificate),
        "privateKey": bool(tls.private_key),
        "caCertificates": bool(tls.ca_certificates),
        "credentialName": bool(tls.credential_name),
        "credentialNames": bool(tls.credential_names),
        "tlsCertificates": bool(tls.tls_certificates),
    }
    if tls.mode == "ISTIO_MUTUAL":
        for name, there in given.items():
            if there:
                yield Issue(
                    GATEWAY_TLS_CREDENTIALS.code,
                    f"ISTIO_MUTUAL uses the workload's own certificate, not {name}",
                    (*place, name),
                )
        return
    if tls.mode in _PASSING and (any(given.values()) or tls.ca_crl):
        yield Issue(GATEWAY_TLS_WITHOUT_EFFECT.code, f"{tls.mode} uses no certificates", place)
    yield from _check_sources(tls, given, place)
    if tls.mode in _TERMINATING and not (tls.credential_name or tls.credential_names):
        yield from _check_files(tls, place)
    if tls.ca_crl and (tls.credential_name or tls.mode == "SIMPLE"):
        reason = "is in the credential" if tls.credential_name else "is for MUTUAL"
        yield Issue(
            GATEWAY_TLS_CREDENTIALS.code, f"the revocation list {reason}", (*place, "caCrl")
        )


def _check_sources(tls: ServerTLS, given: dict[str, bool], place: Path) -> Iterator[Issue]:
    # The API server counts the fields that are there, Istio those that say something.
    pairs = (
        ("tlsCertificates", tls.has("tls_certificates")),
        ("credentialNames", tls.has("credential_names")),
        ("credentialName", tls.has("credential_name")),
    )
    present = [name for name, there in pairs if there]
    files = given["serverCertificate"] and given["privateKey"]
    said = [name for name in present if given[name]] + ["serverCertificate"] * files
    clash = present if "credentialNames" in present and len(present) > 1 else said
    if len(clash) > 1:
        yield Issue(
            GATEWAY_TLS_CREDENTIALS.code,
            f"{' and '.join(clash)} are given; one source is enough",
            (*place, clash[0]),
        )


def _check_files(tls: ServerTLS, place: Path) -> Iterator[Issue]:
    if tls.mode != "SIMPLE" and not tls.ca_certificates:
        yield Issue(
            GATEWAY_TLS_CREDENTIALS.code, f"{tls.mode} needs caCertificates for clients", place
        )
    certificates = [
        ((*place, "tlsCertificates", index), one.server_certificate, one.private_key)
        for index, one in enumerate(tls.tls_certificates or ())
    ] or [(place, tls.server_certificate, tls.private_key)]
    for where, certificate, key in certificates:
        for name, value in (("serverCertificate", certificate), ("privateKey", key)):
            if not value:
                yield Issue(
                    GATEWAY_TLS_CREDENTIALS.code,
                    f"{tls.mode} needs {name}",
                    where,
                    "give credentialName, or serverCertificate and privateKey",
                )
