"""A small HTTP service, run as ``python -m pymesh.demo.service NAME``.

Says its address in one line on standard output and serves until it is told to end.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Service", "main"]


class Service(BaseHTTPRequestHandler):
    """Answers every GET with its own name and what it was asked."""

    protocol_version = "HTTP/1.1"
    # Head and body in one write, or Nagle's algorithm and delayed acknowledgements add 40 ms.
    wbufsize = -1
    service = ""

    def do_GET(self) -> None:
        """Answers with JSON."""
        answer = {
            "service": self.service,
            "path": self.path,
            "user": self.headers.get("x-user"),
            "request_id": self.headers.get("x-request-id"),
        }
        body = json.dumps(answer).encode() + b"\n"
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called
        """Says nothing: the proxy's log is the one to look at."""


class Server(ThreadingHTTPServer):
    """A thread for each connection that does not keep the process alive."""

    daemon_threads = True
    request_queue_size = 128


def main(name: str) -> None:
    """Serves.

    Args:
        name: The service's name, given in every answer.
    """
    handler = type("Handler", (Service,), {"service": name})
    with Server(("127.0.0.1", 0), handler) as server:
        sys.stdout.write(f"127.0.0.1:{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
