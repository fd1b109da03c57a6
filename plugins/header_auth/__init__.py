"""Lets a request pass only with a known token in a header."""

from pymesh.plugins.header_auth.plugin import Config, HeaderAuth

__all__ = ["Config", "HeaderAuth"]
