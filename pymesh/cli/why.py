"""``pymesh why``: what becomes of a request, and why."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pymesh.answers import Request, Source
from pymesh.errors import EXIT_OK, Place, PymeshError
from pymesh.explain import destination_of, load, render, source_of, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO, Literal

    from pymesh.wire import Documents

__all__ = ["Asked", "answer_file", "answer_one", "request_of"]

STDIN = "-"
# Requests are answered in parts of about so many bytes: a file of any size needs little memory.
_PART_BYTES = 4 << 20


class Asked(NamedTuple):
    """A request as flags and words say it; what is not given is ``None`` or empty."""

    source: str | None = None
    to: str | None = None
    gateway: str | None = None
    words: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    protocol: Literal["http", "grpc", "tcp", "tls"] = "http"
    scheme: Literal["http", "https"] = "http"
    sni: str | None = None
    ip: str | None = None
    remote_ip: str | None = None


def answer_file(files: Sequence[Path], requests: Path, output: str, *, tree: bool) -> int:
    """Answers every line of a file.

    Args:
        files: Files and folders with resources.
        requests: JSON lines; ``-`` is standard input.
        output: ``jsonl`` or ``text``.
        tree: Whether the steps of each decision are shown.

    Returns:
        The exit code: 0 once every line has its answer, whatever it says.

    Raises:
        PymeshError: The resources or the file cannot be used.
    """
    engine = load(files).engine
    try:
        opened = sys.stdin.buffer if str(requests) == STDIN else requests.open("rb")
    except OSError as error:
        raise PymeshError("missing-file", error.strerror or str(error),
                          place=Place(str(requests))) from None  # fmt: skip
    with opened as stream:
        try:
            for part in _parts(stream):
                _print(engine.answer_lines(part, tree=tree), output)
        except BrokenPipeError:
            # Whoever reads has read enough; Python would complain when it flushes at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_OK


def _parts(stream: BinaryIO) -> Iterator[bytes]:
    while lines := stream.readlines(_PART_BYTES):
        yield b"".join(lines)


def _print(lines: bytes, output: str) -> None:
    if output == "jsonl":
        sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()
        return
    from pymesh.engine import Answer

    for answer in msgspec.json.Decoder(Answer).decode_lines(lines):
        name = f"{visible(str(answer.id))}: " if answer.id is not None else ""
        sys.stdout.write(f"{name}{render(answer, colour=_colour())}\n")
    sys.stdout.flush()


def answer_one(files: Sequence[Path], asked: Asked, output: str, *, tree: bool) -> int:
    """Answers one request.

    Args:
        files: Files and folders with resources.
        asked: The request.
        output: ``jsonl`` or ``text``, which always shows the steps.
        tree: Whether ``jsonl`` holds the steps.

    Returns:
        The exit code: 0, whatever the answer says.

    Raises:
        PymeshError: The resources cannot be used, or the flags make no request.
    """
    loaded = load(files)
    request = request_of(asked, loaded.documents)
    if output == "jsonl":
        line = msgspec.json.encode(request)
        _print(loaded.engine.answer_lines(line, tree=tree), output)
        return EXIT_OK
    answer = loaded.engine.explain(request)
    sys.stdout.write(f"{visible(_first_line(request))}\n{render(answer, colour=_colour())}\n")
    return EXIT_OK


def request_of(asked: Asked, documents: Documents) -> Request:
    """The request that flags and words stand for.

    Args:
        asked: The flags and words.
        documents: Where names are looked up.

    Raises:
        PymeshError: ``missing-setting``, ``bad-value``.

    Example:
        >>> from pymesh.wire import Documents
        >>> request_of(Asked(to="pay:8080", words=("POST", "/charge")), Documents()).method
        'POST'
    """
    if asked.to is None and asked.gateway is None:
        raise PymeshError("missing-setting", "the request is sent nowhere",
                          hint="write --to HOST[:PORT]")  # fmt: skip
    method, path = _target(asked.words)
    source = source_of(asked.source, documents) if asked.source else Source()
    request = Request(
        source=msgspec.structs.replace(source, ip=asked.ip, remote_ip=asked.remote_ip),
        gateway=asked.gateway,
        protocol=asked.protocol,
        scheme=asked.scheme,
        method=method,
        path=path,
        headers=tuple(_header(text) for text in asked.headers),
        sni=asked.sni,
    )
    if asked.to is None:
        return request
    return msgspec.structs.replace(request, destination=destination_of(asked.to))


def _target(words: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Method and path, either of which may be left out."""
    match words:
        case ():
            return None, None
        case (path,) if path.startswith("/"):
            return None, path
        case (method,):
            return method, None
        case (method, path):
            return method, path
    raise PymeshError("bad-value", f"{words[2]!r} is one word too many",
                      hint="write METHOD PATH, such as POST /charge")  # fmt: skip


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name:
        raise PymeshError("bad-value", f"{text!r} is no header field",
                          hint="write -H 'name: value'")  # fmt: skip
    return name.strip(), value.strip()


def _first_line(request: Request) -> str:
    """What was asked, in one line."""
    to, source = request.destination, request.source
    address = f"{to.host or ''}:{to.port}" if to.port else to.host or ""
    if request.protocol in ("tcp", "tls"):
        what = f"{request.protocol} {address}"
    else:
        method = request.method or ("POST" if request.protocol == "grpc" else "GET")
        what = f"{method} {request.scheme}://{address}{request.path or '/'}"
    where = f" at gateway {request.gateway}" if request.gateway else ""
    account = source.service_account
    who = f"{source.namespace}/{account}" if account else "a peer without identity"
    return f"{what}{where} from {who}"


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
