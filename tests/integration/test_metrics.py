"""What is counted is what the client saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit import behaviours, eventually
from kit.client import get
from kit.origin import refused_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit import Exchange, Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]

ISTIO_LABELS = {
    "reporter", "source_workload", "source_workload_namespace", "source_principal", "source_app",
    "source_version", "source_canonical_service", "source_canonical_revision", "source_cluster",
    "destination_workload", "destination_workload_namespace", "destination_principal",
    "destination_app", "destination_version", "destination_service", "destination_service_name",
    "destination_service_namespace", "destination_canonical_service",
    "destination_canonical_revision", "destination_cluster", "request_protocol", "response_code",
    "response_flags", "grpc_response_status", "connection_security_policy",
}  # fmt: skip


def by_status(exchange: Exchange) -> None:
    """Answers with the status that the target names."""
    exchange.read_body()
    exchange.reply(int(exchange.request.target.strip("/") or "200"), "body")


def test_requests_are_counted_by_what_the_client_saw(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(by_status)
    wanted = {200: 7, 404: 3, 500: 2}
    with proxy.client() as client:
        for status, times in wanted.items():
            for _ in range(times):
                assert client.get(f"/{status}").status == status

    def counted() -> bool:
        metrics = proxy.metrics()
        return all(
            metrics.sum("istio_requests_total", response_code=str(status), response_flags="-")
            == times
            for status, times in wanted.items()
        )

    eventually(counted)
    metrics = proxy.metrics()
    assert metrics.sum("istio_requests_total") == 12
    assert metrics.sum("istio_request_duration_milliseconds_count") == 12
    assert metrics.sum("istio_response_bytes_count", response_code="404") == 3
    sample = next(one for one in metrics.samples if one.name == "istio_requests_total")
    assert set(sample.labels) == ISTIO_LABELS
    assert sample.labels["destination_service_name"] == "upstream"
    assert sample.labels["destination_service_namespace"] == "default"
    assert sample.labels["request_protocol"] == "http"


def test_what_the_proxy_answers_itself_is_counted_with_its_flag(
    start_proxy: Callable[..., Proxy],
) -> None:
    proxy = start_proxy("--to", f"127.0.0.1:{refused_port()}")
    for _ in range(4):
        status = get(proxy.address).status
    eventually(
        lambda: (
            proxy.metrics().sum(
                "istio_requests_total", response_code=str(status), response_flags="UF"
            )
            == 4
        )
    )


def test_bad_requests_are_counted(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    for _ in range(5):
        with proxy.client() as client:
            client.send("GET / HTTP/1.1\r\n\r\n")
            assert client.response().status == 400
    eventually(lambda: proxy.metrics().sum("pymesh_parse_rejects_total") == 5)


def test_bytes_are_those_of_the_messages(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo)
    body = b"x" * 100_000
    with proxy.client() as client:
        assert client.post("/", body).body == body

    def near(name: str) -> bool:
        return len(body) <= proxy.metrics().sum(name) <= len(body) + 1000

    eventually(lambda: near("istio_request_bytes_sum"))
    eventually(lambda: near("istio_response_bytes_sum"))


def test_nothing_from_a_request_becomes_a_label(proxy_to: ProxyTo) -> None:
    """Else any client could make the metrics grow without end."""
    proxy, _ = proxy_to(behaviours.echo)
    with proxy.client() as client:
        for number in range(50):
            client.ask(f"METHOD{number}", f"/unique-{number}", f"host: unique-{number}.test",
                       f"user-agent: unique-{number}")  # fmt: skip
    eventually(lambda: proxy.metrics().sum("istio_requests_total") == 50)
    metrics = proxy.metrics()
    assert "unique" not in metrics.text
    assert "METHOD" not in metrics.text


def test_odd_statuses_do_not_multiply_series(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(by_status)
    with proxy.client() as client:
        for status in range(200, 600):
            if status not in (204, 304):
                assert client.get(f"/{status}").status == status
    eventually(lambda: proxy.metrics().sum("istio_requests_total") == 398)
    samples = [one for one in proxy.metrics().samples if one.name == "istio_requests_total"]
    assert len(samples) <= 1000


def test_open_connections_and_the_pool_are_shown(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.echo, "--workers", "1")
    clients = [proxy.client() for _ in range(3)]
    for client in clients:
        assert client.get().status == 200
    eventually(lambda: proxy.metrics().sum("pymesh_connections_active") == 3)
    eventually(lambda: proxy.metrics().sum("pymesh_pool_idle") >= 1)
    for client in clients:
        client.close()
    eventually(lambda: proxy.metrics().sum("pymesh_connections_active") == 0)


def test_a_replay_is_counted(proxy_to: ProxyTo) -> None:
    proxy, _ = proxy_to(behaviours.stale_after(1), "--workers", "1")
    with proxy.client() as client:
        for _ in range(2):
            assert client.get().status == 200
    eventually(lambda: proxy.metrics().sum("pymesh_replays_total") == 1)
    eventually(lambda: proxy.metrics().sum("istio_requests_total") == 2)
