"""An append-only file that is put aside when it is full."""

from __future__ import annotations

import os

__all__ = ["RotatingFile"]

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class RotatingFile:
    """Appends whole lines; the kernel keeps them whole even if another process appends, too.

    Args:
        path: The file. A symbolic link is refused: who may write to its folder could lead it away.
        max_bytes: The size at which it is put aside; 0 means never.
        keep: How many files that were put aside are kept.

    Raises:
        OSError: If it cannot be opened.
    """

    def __init__(self, path: str, max_bytes: int, keep: int) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._descriptor = -1
        self._inode = (0, 0)
        self._size = 0
        self._torn = False
        self._open()

    def append(self, data: bytes) -> None:
        """Appends lines.

        Args:
            data: Whole lines, each with its line feed.

        Raises:
            OSError: If they cannot be written; the next call begins on a new line.
        """
        if not data:
            return
        self._follow()
        if self._max_bytes and self._size and self._size + len(data) > self._max_bytes:
            self._rotate()
        if self._torn:
            data = b"\n" + data
        rest = memoryview(data)
        while rest:
            try:
                written = os.write(self._descriptor, rest)
            except OSError:
                self._torn = len(rest) < len(data) or self._torn
                raise
            self._size += written
            rest = rest[written:]
        self._torn = False

    def close(self) -> None:
        """Closes the file; it may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> None:
        descriptor = os.open(self.path, _FLAGS, 0o600)
        self.close()
        self._descriptor = descriptor
        status = os.fstat(descriptor)
        self._inode = (status.st_dev, status.st_ino)
        self._size = status.st_size

    def _follow(self) -> None:
        """Opens the file anew when it was moved or removed by someone else."""
        try:
            status = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError:
            self._open()
            return
        if (status.st_dev, status.st_ino) != self._inode or self._descriptor < 0:
            self._open()

    def _rotate(self) -> None:
        for number in range(self._keep - 1, 0, -1):
            older = f"{self.path}.{number}"
            if os.path.lexists(older):
                os.replace(older, f"{self.path}.{number + 1}")
        os.replace(self.path, f"{self.path}.1")
        self._open()
