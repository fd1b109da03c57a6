"""What the compiled part is given: every hook call, in the order in which it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HookStep", "HookTable"]


class HookStep(NamedTuple):
    """One function of one plugin, ready to be called."""

    hook: str
    """The hook, for example ``authorize``."""
    plugin: str
    """The plugin's name."""
    function: Callable[..., object]
    """What is called, bound to its plugin."""
    arguments: tuple[str, ...]
    """The hook's arguments that it takes, by position."""
    wrapper: str
    """Empty, ``new`` (``wrapper=True``) or ``old`` (``hookwrapper=True``)."""
    inline: bool
    """Whether it may run on a worker's thread."""
    deadline_seconds: float
    """How long a request waits for it."""
    on_failure: str
    """``deny``, ``allow`` or ``skip``."""
    place: str
    """Where it is written, as ``file:line``."""
    file: str
    """The file of :attr:`place`; tracebacks are shown from its first frame on."""


class HookTable(NamedTuple):
    """Every hook in force. The tuples are in calling order; wrappers come before what they wrap."""

    authorize: tuple[HookStep, ...] = ()
    route: tuple[HookStep, ...] = ()
    on_request: tuple[HookStep, ...] = ()
    on_response: tuple[HookStep, ...] = ()
    telemetry: tuple[HookStep, ...] = ()
    custom: tuple[tuple[str, tuple[HookStep, ...]], ...] = ()
    """Providers of AuthorizationPolicy's action CUSTOM, each with the ``authorize`` hooks of the
    plugins that serve it. They are called for nothing else."""
    verdicts: tuple[type, type, type, type] | None = None
    """The classes ``Allow``, ``Deny``, ``Respond`` and ``Destination``."""
    interrupt: type[BaseException] | None = None
    """What ends a hook that runs past its deadline."""
    watched: tuple[tuple[str, int, int, int], ...] = ()
    """Files whose change asks for :attr:`reload`, as they were read: path, modification time in
    nanoseconds, size, inode. Empty when that is off."""
    reload: Callable[[list[str]], HookTable | None] | None = None
    """Given the changed files, makes the next table, or ``None`` if the old one stays."""
    follow: Callable[[str], HookTable] | None = None
    """Given the plugins of new documents, makes the next table, or raises."""
    retired: tuple[Callable[[], object], ...] = ()
    """To be called when the last call made through the table before this one has ended."""
    close: Callable[[], object] | None = None
    """To be called once, after the last call of all."""

    @property
    def steps(self) -> tuple[HookStep, ...]:
        """Every step of every hook."""
        custom = sum((steps for _, steps in self.custom), ())
        plain = self.authorize + self.route + self.on_request + self.on_response
        return custom + plain + self.telemetry
