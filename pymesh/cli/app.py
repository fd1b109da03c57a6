"""Every command but ``proxy run``, in typer."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads annotations when it runs
from typing import Annotated

import typer

from pymesh.errors import EXIT_OK, PymeshError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "run_app"]

app = typer.Typer(
    name="pymesh",
    help="A service mesh that you install with pip.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
proxy = typer.Typer(help="The proxy.")
plugin = typer.Typer(help="Plugins.")
audit = typer.Typer(help="The audit log.")
app.add_typer(proxy, name="proxy")
app.add_typer(plugin, name="plugin")
app.add_typer(audit, name="audit")


@app.command()
def version() -> None:
    """Shows the version of pymesh, its core and Python."""
    from pymesh.dataplane import core_version

    core = core_version()  # first, since it says best what a checkout lacks
    from pymesh import __version__

    python = ".".join(str(part) for part in sys.version_info[:3])
    typer.echo(f"pymesh {__version__} (core {core}, Python {python})")


@app.command()
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Stop after a finite run that checks what it saw.")
    ] = False,
) -> None:
    """Runs two services, a proxy with plugins and a client, and shows what happens."""
    from pymesh.demo import run_demo

    raise typer.Exit(run_demo(once=once))


class Report(StrEnum):
    """How a report is printed."""

    table = "table"
    json = "json"


@app.command()
def validate(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files and folders; - is standard input.")
    ],
    output: Annotated[
        Report, typer.Option("--output", "-o", help="How to print it.", envvar="PYMESH_OUTPUT")
    ] = Report.table,
) -> None:
    """Says what is wrong with Kubernetes, Gateway API and Istio resources, without a mesh."""
    from pymesh.cli.validate import run_validate

    raise typer.Exit(run_validate(files, output.value))


class Answers(StrEnum):
    """How answers are printed."""

    text = "text"
    jsonl = "jsonl"


class Protocol(StrEnum):
    """What arrives."""

    http = "http"
    grpc = "grpc"
    tcp = "tcp"
    tls = "tls"


class Scheme(StrEnum):
    """The scheme of a URL."""

    http = "http"
    https = "https"


@app.command()
def why(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[METHOD] [PATH]", help="Such as POST /charge.")
    ] = None,
    *,
    files: Annotated[
        list[Path], typer.Option("--file", "-f", help="Files and folders with resources.")
    ],
    requests: Annotated[
        Path | None, typer.Option(help="Requests as JSON lines; - is standard input.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--from", help="Who asks: NAME, NAME.NAMESPACE or with /ACCOUNT.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="Where to: HOST[:PORT].")] = None,
    gateway: Annotated[
        str | None, typer.Option(help="NAMESPACE/NAME of the gateway where it enters.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", help="A field: 'name: value'.")
    ] = None,
    protocol: Annotated[Protocol, typer.Option(help="What arrives.")] = Protocol.http,
    scheme: Annotated[Scheme, typer.Option(help="The URL's.")] = Scheme.http,
    sni: Annotated[str | None, typer.Option(help="The server name of the TLS handshake.")] = None,
    ip: Annotated[str | None, typer.Option(help="The address of the direct peer.")] = None,
    remote_ip: Annotated[str | None, typer.Option(help="The address of the client.")] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Show the steps of many answers and of jsonl, too.")
    ] = False,
    output: Annotated[
        Answers, typer.Option("--output", "-o", help="How to print it.")
    ] = Answers.text,
) -> None:
    """Says what becomes of a request, and why: which rules let it pass, and where it goes."""
    from pymesh.cli.why import Asked, answer_file, answer_one

    if requests is not None:
        raise typer.Exit(answer_file(files, requests, output.value, tree=tree))
    asked = Asked(
        source, to, gateway, tuple(words or ()), tuple(header or ()), protocol.value,
        scheme.value, sni, ip, remote_ip,
    )  # fmt: skip
    raise typer.Exit(answer_one(files, asked, output.value, tree=tree))


@proxy.command(
    "run",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def proxy_run(context: typer.Context) -> None:
    """Runs a proxy in front of one or more HTTP services."""
    from pymesh.cli.proxy import run

    raise typer.Exit(run(context.args))


class Output(StrEnum):
    """How a list is printed."""

    table = "table"
    json = "json"
    name = "name"


@audit.command("verify")
def audit_verify(
    path: Annotated[str, typer.Argument(metavar="FILE", help="The file that --audit-log names.")],
    output: Annotated[
        Report, typer.Option("--output", "-o", help="How to print it.", envvar="PYMESH_OUTPUT")
    ] = Report.table,
) -> None:
    """Checks that nobody changed, removed or moved a line of an audit log."""
    from pymesh.cli.audit import verify_log

    verify_log(path, output.value)


@plugin.command("list")
def plugin_list(
    output: Annotated[
        Output, typer.Option("--output", "-o", help="How to print it.", envvar="PYMESH_OUTPUT")
    ] = Output.table,
) -> None:
    """Lists the installed plugins with their hooks; none is on until it is configured."""
    from pymesh.cli.plugins import list_plugins

    list_plugins(output.value)


def run_app(words: Sequence[str]) -> int:
    """Runs a command.

    Args:
        words: The words after ``pymesh``.

    Returns:
        The exit code.

    Raises:
        PymeshError: ``unknown-command``, ``unknown-flag`` or ``bad-value``, and what a command
            raises.
    """
    words = list(words)
    if words in ([], ["proxy"], ["plugin"], ["audit"]):
        words.append("--help")
    try:
        code = app(words, prog_name="pymesh", standalone_mode=False)
    except typer.TyperException as error:
        raise _usage(error) from None
    return code if isinstance(code, int) else EXIT_OK


def _usage(error: typer.TyperException) -> PymeshError:
    """Typer's complaint as one of ours. Its own classes are private, so its words decide."""
    text = " ".join(getattr(error, "format_message", error.__str__)().split())
    message, _, rest = text.partition(". ")
    message = message[:1].lower() + message[1:].rstrip(".")
    hint = rest[:1].lower() + rest[1:] or "see pymesh --help"
    if message.startswith("no such command"):
        return PymeshError("unknown-command", message, hint=hint)
    if message.startswith("no such option: "):
        flag = str(getattr(error, "option_name", "?"))
        near = did_you_mean(flag, getattr(error, "possibilities", None) or ())
        return PymeshError("unknown-flag", f"there is no flag {flag}", hint=near or hint)
    return PymeshError("bad-value", message, hint=hint)
