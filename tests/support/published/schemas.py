"""Reads the CustomResourceDefinitions that lie in the shared data folder beside the project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

Schema = dict[str, Any]

KINDS: Final = {
    "security.istio.io": ("AuthorizationPolicy", "PeerAuthentication"),
    "networking.istio.io": (
        "DestinationRule",
        "Gateway",
        "ServiceEntry",
        "VirtualService",
        "WorkloadEntry",
    ),
    "gateway.networking.k8s.io": (
        "GRPCRoute",
        "Gateway",
        "GatewayClass",
        "HTTPRoute",
        "ReferenceGrant",
    ),
}
"""The kinds whose published schema is compared with ours."""


class Published(NamedTuple):
    """One version of a kind.

    Args:
        group: The API group.
        kind: The kind.
        version: The version, such as `v1beta1`.
        schema: The OpenAPI schema of the whole object.
    """

    group: str
    kind: str
    version: str
    schema: Schema

    @property
    def spec(self) -> Schema:
        """The schema of `spec`."""
        spec: Schema = self.schema["properties"]["spec"]
        return spec

    @property
    def requires_spec(self) -> bool:
        """Whether an object without `spec` is refused."""
        return "spec" in self.schema.get("required", ())


def folder() -> Path | None:
    """Where the schemas are, or None."""
    root = Path(__file__).parents[3]
    data = os.environ.get("PYMESH_TEST_DATA")
    crds = (Path(data) if data else root.parent / "shared" / "data") / "crds"
    return crds if crds.is_dir() else None


def read() -> dict[tuple[str, str], list[Published]]:
    """Every served version of the kinds, the stored one first; empty if there is no folder."""
    place = folder()
    if place is None:
        return {}
    files = [place / "istio" / "customresourcedefinitions.yaml"]
    files += sorted((place / "gateway-api" / "standard").glob("*.yaml"))
    found: dict[tuple[str, str], list[Published]] = {}
    for file in files:
        for document in yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader):
            if document and document["kind"] == "CustomResourceDefinition":
                spec = document["spec"]
                group, kind = spec["group"], spec["names"]["kind"]
                if kind in KINDS.get(group, ()):
                    versions = sorted(spec["versions"], key=lambda each: not each["storage"])
                    found[group, kind] = [
                        Published(group, kind, each["name"], each["schema"]["openAPIV3Schema"])
                        for each in versions
                        if each["served"]
                    ]
    return found
