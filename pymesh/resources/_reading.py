"""A text to documents, resources and findings, all of them at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pymesh._collecting import collection_paused
from pymesh.resources._base import Ignored
from pymesh.resources._document import Document, Source, one_line
from pymesh.resources._fields import marked
from pymesh.resources._json import read_json
from pymesh.resources._kinds import kind_of
from pymesh.resources._limits import FILE_BYTES, FILE_DOCUMENTS, FILE_FINDINGS
from pymesh.resources._mesh_config import embedded_mesh_config
from pymesh.resources._schema import FINDINGS, read_resource
from pymesh.resources._yaml import Constructor, Problem, Refused, compose
from pymesh.resources.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources._base import NotYet, Resource
    from pymesh.resources._document import Path
    from pymesh.resources.findings import Severity

__all__ = ["Parsed", "decode", "parse"]


@dataclass(slots=True)
class Parsed:
    """What was read.

    Args:
        documents: Every document in order, the items of a ``List`` one by one.
        resources: The typed resources of the valid ones.
        findings: What is wrong with them, in order.
    """

    documents: list[Document] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def extend(self, other: Parsed) -> None:
        """Adds what another file had."""
        self.documents += other.documents
        self.resources += other.resources
        self.findings += other.findings


def parse(text: str | bytes, file: str = "") -> Parsed:
    """Reads the documents of a text.

    Takes time and memory in proportion to the text, whatever it is; see ``_limits``.

    Args:
        text: YAML, or JSON if the file's name ends in ``.json``; bytes are UTF-8.
        file: The file as the user named it, for the findings.
    """
    parsed = Parsed()
    reader = _Reader(file, parsed)
    with collection_paused():
        try:
            reader.read(decode(text))
        except Refused as refused:
            reader.refuse(Source(file, ""), refused.problem)
    return parsed


def decode(data: str | bytes) -> str:
    """The text of a file's bytes.

    Raises:
        Refused: It is too large, or not text that YAML allows.
    """
    if len(data) > FILE_BYTES:
        size = f"the file is larger than {FILE_BYTES // 1_000_000} MB"
        raise Refused(Problem("yaml-too-large", size, 0, 0, "split it"))
    text = data if isinstance(data, str) else _utf8(data)
    bad = _NOT_TEXT.search(text)
    if bad:
        message = f"the character U+{ord(bad[0]):04X} cannot be in a YAML file"
        raise Refused(Problem("yaml-encoding", message, *_position(text[: bad.start()])))
    return text


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _position(data[: error.start].decode("utf-8-sig", "replace"))
        message = f"byte {data[error.start]:#04x} is not UTF-8"
        problem = Problem("yaml-encoding", message, *place, "save the file as UTF-8")
        raise Refused(problem) from None


# YAML 1.1, `c-printable`.
_NOT_TEXT: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
# At the start of a line these three dashes begin a document even inside of a scalar.
_START: Final = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_DIRECTIVES: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|%YAML[^\n]*\n)*\Z")


def _position(before: str) -> tuple[int, int]:
    return before.count("\n"), len(before) - before.rfind("\n") - 1


class _Reader:
    """Reads one file into ``parsed``."""

    def __init__(self, file: str, parsed: Parsed) -> None:
        self.file = file
        self.parsed = parsed
        self._index = 0
        self._full = False

    def read(self, text: str) -> None:
        """Reads the text, each document apart, so that an error in one leaves the others.

        Raises:
            Refused: There are too many documents.
        """
        if self.file.endswith(".json"):
            self._json(Source(self.file, text))
            return
        for source in self._sources(text):
            try:
                composed = compose(source.text)
            except Refused as refused:
                self.refuse(source, refused.problem)
                continue
            for number, (root, nodes) in enumerate(composed):
                constructor = Constructor(nodes)
                try:
                    tree = constructor.value(root)
                except Refused as refused:
                    self.refuse(source, refused.problem)
                    continue
                document = Document(source, self._index, number, tree)
                document.nulls = constructor.nulls
                self._document(document, constructor.problems)

    def refuse(self, source: Source, problem: Problem) -> None:
        """Notes why a document cannot be read at all; it counts as one, an invalid one."""
        self.report(source, problem)
        document = Document(source, self._index, 0, None)
        document.valid = False
        self._index += 1
        self.parsed.documents.append(document)

    def report(self, source: Source, problem: Problem) -> None:
        """Notes what a text suffers from."""
        place = source.place(problem.line, problem.column)
        self.parsed.findings.append(
            Finding(
                problem.code,
                "error",
                one_line(problem.message),
                problem.hint,
                file=place.path,
                line=place.line,
                column=place.column,
            )
        )

    def _sources(self, text: str) -> Iterator[Source]:
        starts = [match.start() for match in _START.finditer(text)]
        if len(starts) > FILE_DOCUMENTS:
            message = f"the file has more than {FILE_DOCUMENTS:,} documents"
            raise Refused(Problem("yaml-too-large", message, 0, 0, "split it"))
        if not starts or not _DIRECTIVES.match(text, 0, starts[0]):
            starts.insert(0, 0)
        line = text.count("\n", 0, starts[0])
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            yield Source(self.file, text[start:end], line)
            line += text.count("\n", start, end)

    def _json(self, source: Source) -> None:
        read = read_json(source.text)
        if isinstance(read, Problem):
            self.refuse(source, read)
        elif read.tree is not None:
            document = Document(source, 0, 0, read.tree)
            document.nulls = read.nulls
            self._document(document, read.problems)

    def _document(self, document: Document, problems: list[Problem]) -> None:
        self._index += 1
        for problem in problems[:FINDINGS]:
            self.report(document.source, problem)
        document.valid = not problems
        before = len(self.parsed.findings)
        self._add(document)
        if problems:
            # What cannot be read as it stands gives no reason to complain of its type, too.
            findings = self.parsed.findings
            places = {(one.line, one.column) for one in findings[before - len(problems) : before]}
            findings[before:] = [
                one for one in findings[before:] if (one.line, one.column) not in places
            ]

    def _add(self, document: Document) -> None:
        """Reads a document, or each item of a list."""
        tree = document.tree
        if isinstance(tree, dict) and tree.get("kind") == "List" and "items" in tree:
            items = tree["items"] if isinstance(tree["items"], list) else [tree["items"]]
            for number, item in enumerate(items):
                prefix = (*document.prefix, "items", number)
                inner = Document(document.source, document.index, document.number, item, prefix)
                inner.nulls, inner.valid = document.nulls, document.valid
                self._add(inner)
            return
        self.parsed.documents.append(document)
        findings = self.parsed.findings
        if self._is_full(document):
            document.valid = False
            return
        if not isinstance(tree, dict):
            message = "a document has to be a mapping with apiVersion and kind"
            findings.append(document.finding("not-a-resource", "error", message))
            return
        kind, finding = kind_of(document)
        if finding is not None:
            findings.append(finding)
        document.kind = kind
        if kind is None:
            return
        findings += read_resource(document, kind)
        resource = document.resource
        if resource is not None:
            findings += _marks(document, resource)
            self._keep(document)
            self._embedded(document)

    def _is_full(self, document: Document) -> bool:
        """Whether there are so many findings that nobody would read more; the last says so."""
        if len(self.parsed.findings) < FILE_FINDINGS:
            return False
        if not self._full:
            self._full = True
            message = (
                f"the file has more than {FILE_FINDINGS:,} findings; the rest is not looked at"
            )
            self.parsed.findings.append(document.finding("more-findings", "error", message))
        return True

    def _embedded(self, outer: Document) -> None:
        read = embedded_mesh_config(outer)
        if read is None:
            return
        inner, findings = read
        self.parsed.findings += findings
        if inner is not None and inner.resource is not None:
            self.parsed.findings += _marks(inner, inner.resource)
            self.parsed.documents.append(inner)
            self._keep(inner)

    def _keep(self, document: Document) -> None:
        if document.valid and document.resource is not None:
            self.parsed.resources.append(document.resource)


def _marks(document: Document, resource: Resource) -> Iterator[Finding]:
    """Findings for the fields that are not acted on, or never will be."""
    for number, (path, mark, value) in enumerate(marked(resource)):
        if number == FINDINGS:
            break
        if isinstance(mark, Ignored):
            message = f"{path[-1]} has no effect: {mark.why}"
            yield document.finding("no-effect", "info", message, path, key=True)
        else:
            yield _not_yet(document, resource, path, mark, value)


def _not_yet(
    document: Document, resource: Resource, path: Path, mark: NotYet, value: object
) -> Finding:
    severity: Severity = "error" if resource.SECURITY else "warning"
    given = f" {value}" if mark.values else ""
    message = f"{path[-1]}{given}: {mark.what} is not there yet"
    hint = "a policy that is not followed in full is refused" if resource.SECURITY else ""
    return document.finding("not-acted-on", severity, message, path, hint, key=True)
