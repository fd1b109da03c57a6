"""Shares requests between services: by weight, by a sticky key, or by name."""

from pymesh.plugins.ab_split.plugin import AbSplit, Config

__all__ = ["AbSplit", "Config"]
