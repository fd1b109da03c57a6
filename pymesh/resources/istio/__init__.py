"""Istio's kinds, one module each; the class of a kind is registered where it is defined."""
