"""Every setting of a proxy process, declared once.

The table gives each setting's flag, environment variable, key in a configuration file, default,
unit and meaning; the parser, ``--help``, docs/settings.md and the message to the Rust core all
come from it.
"""

from __future__ import annotations

from pymesh.settings import values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

__all__ = ["GROUPS", "PROXY", "Setting"]


class Setting:
    """One setting.

    Args:
        group: A key of :data:`GROUPS`.
        name: Its name, as in the flag and in a file: lower-case words joined by ``-``.
        parse: Turns its text into its value.
        default: Its text where nothing is given; ``None`` if it is required or a list.
        metavar: How ``--help`` shows its value; empty for a switch, which needs none.
        help: What it does, in one line without a full stop.
        many: Whether it may be given more than once; a variable separates by commas.
        short: A one-letter flag, such as ``-p``.
        secret: Whether its value must never be shown.
        path: Where it goes in the core's settings, such as ``timeouts.idle_ms``; empty if the
            core does not see it.
    """

    __slots__ = (
        "default",
        "group",
        "help",
        "many",
        "metavar",
        "name",
        "parse",
        "path",
        "secret",
        "short",
    )

    def __init__(
        self,
        group: str,
        name: str,
        parse: Callable[[str], Any],
        default: str | None,
        metavar: str,
        help: str,  # noqa: A002 - the word that everyone uses for it
        *,
        many: bool = False,
        short: str = "",
        secret: bool = False,
        path: str = "",
    ) -> None:
        self.group = group
        self.name = name
        self.parse = parse
        self.default = default
        self.metavar = metavar
        self.help = help
        self.many = many
        self.short = short
        self.secret = secret
        self.path = path

    @property
    def flag(self) -> str:
        """Its flag."""
        return f"--{self.name}"

    @property
    def env(self) -> str:
        """Its environment variable."""
        return "PYMESH_" + self.name.upper().replace("-", "_")


GROUPS: Final[dict[str, str]] = {
    "traffic": "Where requests come from and go to",
    "plugins": "Plugins",
    "observe": "What can be seen",
    "timeouts": "Timeouts (500ms, 2s, 1m, 1h; off where that is allowed)",
    "limits": "Limits (sizes in bytes, or with KiB, MiB)",
    "process": "The process",
}

_count = values.integer(0, 1_000_000)

# A table reads best as one.
# fmt: off
PROXY: Final[tuple[Setting, ...]] = (
    Setting(
        "traffic", "listen", values.listen, "127.0.0.1:8080", "[PORT=]HOST:PORT",
        "where to accept requests; an empty host means every address, port 0 any free one; with "
        "-f, PORT= says which port of the gateways is served there",
        many=True, path="listen",
    ),
    Setting(
        "traffic", "file", values.text, None, "PATH",
        "a file or folder of Kubernetes, Gateway API and Istio resources to serve, followed as it "
        "changes; instead of --to",
        many=True, short="-f",
    ),
    Setting(
        "traffic", "gateway", values.qualified_name, None, "NAMESPACE/NAME",
        "a gateway of the files to serve; all of them if not given", many=True,
    ),
    Setting(
        "traffic", "to", values.target, None, "[NAME=]HOST:PORT[@WEIGHT]",
        "an endpoint to send to; those with the same NAME are one service, NAME is 'upstream' "
        "if not given, and services share the traffic by the sum of their weights",
        many=True,
    ),
    Setting(
        "traffic", "lb", values.choice("least_request", "round_robin", "random"),
        "least_request", "POLICY", "how an endpoint of a service is picked: least_request, "
        "round_robin or random",
    ),
    Setting(
        "traffic", "path-normalization",
        values.choice("none", "base", "merge_slashes", "decode_and_merge_slashes"),
        "merge_slashes", "MODE", "how a path is made canonical before anything looks at it: "
        "none, base, merge_slashes or decode_and_merge_slashes", path="path_normalization",
    ),
    Setting(
        "traffic", "trusted-hops", values.integer(0, 32), "0", "N",
        "how many proxies in front of this one may say who the client is (x-forwarded-for)",
        path="trusted_hops",
    ),
    Setting(
        "plugins", "plugin", values.text, None, "FILE|MODULE|NAME",
        "a plugin: a file, a module, or the name of an installed one; add :CLASS to pick a class",
        many=True, short="-p",
    ),
    Setting(
        "plugins", "plugin-config", values.pair, None, "NAME=FILE|JSON",
        "a plugin's configuration: a TOML or JSON file, or a JSON object", many=True,
    ),
    Setting(
        "plugins", "reload", values.switch, "false", "",
        "load a plugin again when its file changes",
    ),
    Setting(
        "observe", "admin", values.admin, "127.0.0.1:15000", "HOST:PORT|unix:PATH|off",
        "where /metrics, /ready and the other admin pages are; loopback only", path="admin",
    ),
    Setting(
        "observe", "admin-token", values.secret, None, "TOKEN",
        "the bearer token that changing requests to the admin pages need; better given as a "
        "variable, since other users can read a command line", secret=True, path="admin_token",
    ),
    Setting(
        "observe", "access-log", values.log_path, "off", "FILE|-|off",
        "where to write one line for each request; - is standard output", path="access_log.path",
    ),
    Setting(
        "observe", "access-log-format", values.choice("text", "json"), "text", "FORMAT",
        "text or json", path="access_log.format",
    ),
    Setting(
        "observe", "audit-log", values.log_path, "off", "FILE|off",
        "where to write one line, sealed by a chain of hashes, for each request that a policy "
        "denies", path="audit_log.path",
    ),
    Setting(
        "observe", "audit-log-grants", values.switch, "false", "",
        "write a line for each request that policies let pass, too", path="audit_log.grants",
    ),
    Setting(
        "observe", "audit-log-size", values.size(64 << 10, 1 << 40), "64MiB", "SIZE",
        "at which the audit log is put aside as FILE.1 and a new one begun",
        path="audit_log.file_bytes",
    ),
    Setting(
        "observe", "audit-log-files", values.integer(0, 1_000), "8", "N",
        "how many audit logs put aside are kept", path="audit_log.files",
    ),
    Setting(
        "observe", "workload", values.text, "proxy", "NAME",
        "the name of this workload in metrics", path="workload.name",
    ),
    Setting(
        "observe", "namespace", values.text, "default", "NAME",
        "the namespace of this workload; with -f that of its gateways if not given",
        path="workload.namespace",
    ),
    Setting(
        "observe", "label", values.pair, None, "KEY=VALUE",
        "a label of this workload, by which policies and gateways select it", many=True,
    ),
    Setting(
        "timeouts", "request-head-timeout", values.needed_duration, "10s", "TIME",
        "for a request's head to arrive", path="timeouts.request_head_ms",
    ),
    Setting(
        "timeouts", "idle-timeout", values.duration, "60s", "TIME",
        "how long a client's connection may be idle between requests", path="timeouts.idle_ms",
    ),
    Setting(
        "timeouts", "connect-timeout", values.needed_duration, "1s", "TIME",
        "for a connection to an endpoint", path="timeouts.connect_ms",
    ),
    Setting(
        "timeouts", "request-timeout", values.duration, "off", "TIME",
        "for a whole request, from its head to the end of its answer", path="timeouts.request_ms",
    ),
    Setting(
        "timeouts", "body-idle-timeout", values.duration, "30s", "TIME",
        "between two pieces of a request's body", path="timeouts.body_idle_ms",
    ),
    Setting(
        "timeouts", "response-idle-timeout", values.duration, "5m", "TIME",
        "for the answer to begin, and between two pieces of it",
        path="timeouts.response_idle_ms",
    ),
    Setting(
        "timeouts", "drain-timeout", values.duration, "30s", "TIME",
        "for requests in flight to end after SIGTERM or Ctrl-C", path="timeouts.drain_ms",
    ),
    Setting(
        "timeouts", "connection-age", values.duration, "1h", "TIME",
        "after which a client's connection is closed at the end of a request",
        path="timeouts.connection_age_ms",
    ),
    Setting(
        "timeouts", "pool-idle-timeout", values.needed_duration, "55s", "TIME",
        "how long an idle connection to an endpoint is kept", path="pool.idle_ms",
    ),
    Setting(
        "limits", "max-connections", _count, "0", "N",
        "clients' connections; 0 means half of the files the process may open",
        path="limits.connections",
    ),
    Setting(
        "limits", "max-head-size", values.size(256, 1 << 20), "16KiB", "SIZE",
        "of a request's or an answer's head", path="limits.head_bytes",
    ),
    Setting(
        "limits", "max-target-size", values.size(16, 1 << 20), "8KiB", "SIZE",
        "of a request's target (path and query)", path="limits.target_bytes",
    ),
    Setting(
        "limits", "max-fields", values.integer(1, 256), "100", "N",
        "header fields of a message", path="limits.fields",
    ),
    Setting(
        "limits", "max-body-size", values.size_or_off, "off", "SIZE",
        "of a request's body", path="limits.body_bytes",
    ),
    Setting(
        "limits", "pool-size", _count, "128", "N",
        "idle connections kept for each endpoint by each worker", path="pool.idle_per_endpoint",
    ),
    Setting(
        "process", "workers", values.integer(0, 256), "0", "N",
        "threads that move traffic; 0 means as many as the CPU quota, at most 2", path="workers",
    ),
    Setting(
        "process", "config", values.text, None, "FILE",
        "a TOML file of settings, under their names",
    ),
)
# fmt: on
