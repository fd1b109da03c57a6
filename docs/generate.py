"""Writes docs/settings.md from the table of settings.

``python docs/generate.py`` writes it; with ``--check`` it only says whether it is current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pymesh.settings import GROUPS, PROXY, Setting

PAGE = Path(__file__).resolve().parent / "settings.md"
# ruff: noqa: E501 - a paragraph of Markdown is one line
HEAD = """\
# Settings

Every setting of `pymesh proxy run`, made from `pymesh/settings/table.py` by `python docs/generate.py`.

A setting is a flag, a variable, and a key of the TOML file that `--config` names. The flag wins over the variable, the variable over the file, the file over the default. Those that may be given more than once are a list in the file, and separated by commas in a variable. In the file, `plugin-config` is a table with one entry for each plugin.

Times have a unit: `500ms`, `2s`, `1.5m`, `1h`. Sizes are in bytes, or with `KiB`, `MiB`, `GiB`. `off` switches off what can be.
"""


def page() -> str:
    """The page's text."""
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


def main(words: list[str]) -> int:
    """Writes or checks the page; returns the exit code."""
    if words == ["--check"]:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        if not current:
            sys.stderr.write("docs/settings.md is not current: python docs/generate.py\n")
        return 0 if current else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
