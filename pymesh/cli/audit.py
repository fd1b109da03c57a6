"""``pymesh audit verify``."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from pymesh.audit import verify

__all__ = ["verify_log"]


def verify_log(path: str, output: str) -> None:
    """Checks an audit log and says what it holds.

    Args:
        path: The file.
        output: ``table`` or ``json``.

    Raises:
        PymeshError: As :func:`pymesh.audit.verify`.
    """
    found = verify(path)
    if output == "json":
        typer.echo(json.dumps(asdict(found)))
        return
    entries = f"{found.entries} entries"
    if found.entries:
        entries += f" ({found.first} to {found.last})"
    files = f"{len(found.files)} files" if len(found.files) > 1 else "1 file"
    typer.echo(f"{path}: the chain holds: {entries} in {files}")
    if found.torn:
        typer.echo(f"{found.torn} lines were cut by a crash or a full disk")
    if found.lost:
        typer.echo(f"{found.lost} entries were lost because the disk was behind")
