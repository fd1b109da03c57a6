"""Where resources come from: files and folders."""

from pymesh.sources.files import find_files, read_file, read_paths

__all__ = ["find_files", "read_file", "read_paths"]
