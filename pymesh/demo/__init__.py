"""``pymesh demo``: two services, a proxy with four plugins, a client, and what they show.

Everything is real: the services and the proxy are processes of their own, the proxy is started
as anyone would start it, and what is shown is what the client saw and what the proxy's
``/metrics`` says.
"""

from __future__ import annotations

from pymesh.demo.run import run_demo

__all__ = ["run_demo"]
