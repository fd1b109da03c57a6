"""The help of ``pymesh proxy run``, from the table of settings."""

from __future__ import annotations

import textwrap

from pymesh.settings import GROUPS, Setting

__all__ = ["usage"]

_EXAMPLES = """\
Examples:
  pymesh proxy run --to 127.0.0.1:9000
  pymesh proxy run --listen :8080 --to blue=10.0.0.7:80@9 --to green=10.0.0.8:80@1
  pymesh proxy run --to 127.0.0.1:9000 -p auth.py --reload
  pymesh proxy run -f mesh/ --listen 80=127.0.0.1:8080
"""


def usage(table: tuple[Setting, ...], width: int = 100) -> str:
    """The help text.

    Args:
        table: The settings.
        width: Columns of the terminal.
    """
    parts = [
        "Usage: pymesh proxy run --to HOST:PORT [flags]\n"
        "       pymesh proxy run -f PATH [flags]\n\n"
        "Runs a proxy in front of HTTP services, or a gateway, until SIGTERM or Ctrl-C; then it\n"
        "finishes the requests in flight. A flag wins over its variable, a variable over the\n"
        "file of --config, the file over the default.\n",
        _EXAMPLES,
    ]
    for group, title in GROUPS.items():
        lines = [f"{title}:"]
        for setting in table:
            if setting.group == group:
                lines += _setting(setting, width)
        parts.append("\n".join(lines) + "\n")
    parts.append("  -h, --help\n      shows this\n")
    return "\n".join(parts)


def _setting(setting: Setting, width: int) -> list[str]:
    flags = f"{setting.short}, {setting.flag}" if setting.short else setting.flag
    return [
        f"  {flags} {setting.metavar}".rstrip(),
        *textwrap.wrap(
            f"{setting.help} [{facts(setting)}]",
            width=max(width, 40),
            initial_indent="      ",
            subsequent_indent="      ",
            break_on_hyphens=False,
        ),
    ]


def facts(setting: Setting) -> str:
    """A setting's variable, default and whether it repeats, in one phrase."""
    parts = [setting.env]
    if setting.default is not None:
        parts.append(f"default {setting.default}")
    if setting.many:
        parts.append("repeatable")
    return ", ".join(parts)
