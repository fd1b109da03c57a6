"""Where resources come from: files and folders."""

from pymesh.sources.files import read_paths

__all__ = ["read_paths"]
