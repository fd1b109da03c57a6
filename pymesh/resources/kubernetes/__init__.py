"""Kubernetes core kinds, as projections: what is not read is ignored."""

from pymesh.resources.kubernetes.config_map import ConfigMap
from pymesh.resources.kubernetes.endpoint_slice import (
    Endpoint,
    EndpointConditions,
    EndpointPort,
    EndpointSlice,
)
from pymesh.resources.kubernetes.namespace import Namespace, ServiceAccount
from pymesh.resources.kubernetes.pod import Container, ContainerPort, Pod, PodSpec, PodStatus
from pymesh.resources.kubernetes.service import Service, ServicePort, ServiceSpec

__all__ = [
    "ConfigMap",
    "Container",
    "ContainerPort",
    "Endpoint",
    "EndpointConditions",
    "EndpointPort",
    "EndpointSlice",
    "Namespace",
    "Pod",
    "PodSpec",
    "PodStatus",
    "Service",
    "ServiceAccount",
    "ServicePort",
    "ServiceSpec",
]
