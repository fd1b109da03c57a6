"""What the integration tests are made of: real sockets, real processes, bounded waits.

| module | what it gives |
|---|---|
| `wait` | waiting for a condition, never for a time |
| `message` | a lenient reader of HTTP/1.1 messages |
| `client` | a client that sends exactly the bytes it is given |
| `origin` | servers whose behaviour is a function |
| `behaviours` | ready-made behaviours: slow, resetting, endless, cut short, … |
| `proxy` | `pymesh proxy run` as a process, with its admin pages |
| `metrics` | the Prometheus text format as numbers |
| `load` | threads that send requests and count what goes wrong |
"""

from kit import behaviours
from kit.client import Client
from kit.message import Message
from kit.origin import Exchange, Origin
from kit.proxy import Proxy, RefusedError
from kit.wait import eventually

__all__ = [
    "Client",
    "Exchange",
    "Message",
    "Origin",
    "Proxy",
    "RefusedError",
    "behaviours",
    "eventually",
]
