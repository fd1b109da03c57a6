"""Files to a translation, or to the findings that refuse them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from pymesh.resources import Finding, Parsed
from pymesh.sources import read_paths
from pymesh.translate import Translator
from pymesh.validate import Report, check_mesh, to_text, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pymesh.resources import Document
    from pymesh.translate.child._files import Stamp
    from pymesh.wire import Documents

__all__ = ["Outcome", "Reader"]


class Outcome(NamedTuple):
    """What files have come to.

    Args:
        documents: What the proxy is to serve; ``None`` if the files are refused.
        findings: What is wrong with the files, or worth knowing.
        read: The documents that were read.
    """

    documents: Documents | None
    findings: Sequence[Finding]
    read: Sequence[Document] = ()

    @property
    def errors(self) -> list[Finding]:
        """The errors among the findings."""
        return [finding for finding in self.findings if finding.severity == "error"]

    def text(self, findings: Iterable[Finding]) -> str:
        """Some of the findings as ``pymesh validate`` shows them; no line feed at the end."""
        return to_text(Report(self.read, (), tuple(findings), refused=False))


class Reader:
    """Reads, checks and translates files; only those that changed are parsed again."""

    def __init__(self) -> None:
        self._translator = Translator()
        self._files: dict[str, tuple[Stamp, Parsed]] = {}

    def read(self, stamps: Mapping[str, Stamp | None]) -> Outcome:
        """Reads the files.

        Args:
            stamps: The files in order, and what they look like; what does not exist is an error.
        """
        parsed = self._parse(stamps)
        report = validate(parsed)
        if report.refused:
            # What leads nowhere is not what refuses, here as in files that are accepted.
            dangling = {*check_mesh(parsed)}
            findings = [_as_warning(one) if one in dangling else one for one in report.findings]
            return Outcome(None, findings, report.documents)
        try:
            translation = self._translator.update(parsed.resources)
        except Exception as error:  # noqa: BLE001 - whatever it is, what is served must go on
            self._translator = Translator()
            message = f"the translation failed: {type(error).__name__}: {error}"
            failure = Finding("internal-error", "error", message, "please report it")
            return Outcome(None, [failure, *map(_as_warning, report.findings)], report.documents)
        return Outcome(
            translation.documents,
            # A reference that leads nowhere has a meaning: its requests get an error. To refuse
            # the rest for it would make every change depend on the order of its files.
            [*map(_as_warning, report.findings), *translation.findings],
            report.documents,
        )

    def _parse(self, stamps: Mapping[str, Stamp | None]) -> Parsed:
        known = self._files
        self._files = {}
        every = Parsed()
        for name, stamp in stamps.items():
            before = known.get(name)
            if stamp is not None and before is not None and before[0] == stamp:
                parsed = before[1]
            else:
                parsed = read_paths([name])
            if stamp is not None:
                self._files[name] = (stamp, parsed)
            every.extend(parsed)
        return every


def _as_warning(finding: Finding) -> Finding:
    return replace(finding, severity="warning") if finding.severity == "error" else finding
