"""What a file may cost, so that no file can make its reader slow or large."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ALIAS_NODES",
    "DEPTH",
    "DOCUMENT_NODES",
    "FILE_BYTES",
    "FILE_DOCUMENTS",
    "FILE_FINDINGS",
    "NUMBER_LENGTH",
]

FILE_BYTES: Final = 10_000_000
"""Of a file; an API server takes 1.5 MB of one object."""
FILE_DOCUMENTS: Final = 50_000
"""Documents of a file, the items of its lists included."""
FILE_FINDINGS: Final = 2_000
"""Findings of a file; what comes behind them is refused without a look."""
DOCUMENT_NODES: Final = 500_000
"""Scalars, lists and mappings of one document; about 300 bytes of memory each while it is read."""
DEPTH: Final = 64
"""How deep lists and mappings may be nested; an API server's own limit."""
ALIAS_NODES: Final = 10_000
"""Nodes of one document that may come from aliases (``*name``) and merge keys (``<<``)."""
NUMBER_LENGTH: Final = 32
"""Characters of an integer; longer ones do not fit into 64 bits in any notation but zeros."""
