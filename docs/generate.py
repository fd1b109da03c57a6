"""Writes the pages that are made from code: docs/settings.md and docs/findings.md.

``python docs/generate.py`` writes them; with ``--check`` it only says whether they are current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pymesh.settings import GROUPS, PROXY, Setting
from pymesh.validate import codes, load_rules

DOCS = Path(__file__).resolve().parent
# ruff: noqa: E501 - a paragraph of Markdown is one line
HEAD = """\
# Settings

Every setting of `pymesh proxy run`, made from `pymesh/settings/table.py` by `python docs/generate.py`.

A setting is a flag, a variable, and a key of the TOML file that `--config` names. The flag wins over the variable, the variable over the file, the file over the default. Those that may be given more than once are a list in the file, and separated by commas in a variable. In the file, `plugin-config` is a table with one entry for each plugin.

Times have a unit: `500ms`, `2s`, `1.5m`, `1h`. Sizes are in bytes, or with `KiB`, `MiB`, `GiB`. `off` switches off what can be.
"""


FINDINGS_HEAD = """\
# Findings

Every code that `pymesh validate` can give, made from the rules in `pymesh/validate/` by `python docs/generate.py`.

A finding is an error, a warning or for information. An error makes the document invalid and the exit code 65. `pymesh validate -o json` prints them for programs; `pymesh/schemas/validate.json` is the JSON Schema of that.
"""


def findings() -> str:
    """The text of docs/findings.md."""
    load_rules()
    parts = [FINDINGS_HEAD]
    for name, code in sorted(codes().items()):
        severity = {"info": "For information"}.get(code.severity, code.severity.capitalize())
        parts.append(f"## {name}\n\n{severity}. {code.meaning}\n\n{code.remedy}\n")
    return "\n".join(parts)


def settings() -> str:
    """The text of docs/settings.md."""
    parts = [HEAD]
    for group, title in GROUPS.items():
        rows = [_row(setting) for setting in PROXY if setting.group == group]
        lines = [f"## {title.partition(' (')[0]}", ""]
        lines += ["| flag | variable | default | |", "|---|---|---|---|", *rows, ""]
        parts.append("\n".join(lines))
    return "\n".join(parts).rstrip() + "\n"


def _row(setting: Setting) -> str:
    flag = f"`{setting.flag} {setting.metavar}`" if setting.metavar else f"`{setting.flag}`"
    if setting.short:
        flag += f", `{setting.short}`"
    default = "" if setting.default is None else f"`{setting.default}`"
    about = setting.help[:1].upper() + setting.help[1:] + "."
    if setting.many:
        about += " Repeatable."
    cells = [flag.replace("|", "\\|"), f"`{setting.env}`", default, about]
    return f"| {' | '.join(cells)} |"


PAGES = {"settings.md": settings, "findings.md": findings}


def main(words: list[str]) -> int:
    """Writes or checks the pages; returns the exit code."""
    stale = 0
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if words != ["--check"]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"docs/{name} is not current: python docs/generate.py\n")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
