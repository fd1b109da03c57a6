//! Every field of every document, none at its default.

use serde_json::{Value, json};

pub(super) fn complete() -> Value {
    json!({
        "mesh": {
            "trust_domain": "example.org",
            "root_namespace": "root",
            "path_normalization": "none",
            "outbound": "registry_only",
        },
        "services": [service()],
        "endpoints": [{"service": "n/s", "slice": "0", "endpoints": [{
            "address": "[::1]:80", "weight": 2, "port": 81, "labels": {"a": "b"},
            "service_account": "sa",
        }]}],
        "names": [{"service": "n/s", "slice": "1", "names": [{
            "host": "db.example", "port": 5432, "weight": 2, "service_port": 81,
            "labels": {"a": "b"},
        }]}],
        "routes": [routes()],
        "listeners": [{
            "gateway": "n/g", "name": "l", "port": 80, "protocol": "https", "hosts": ["*"],
            "bind": "127.0.0.1", "selector": {"a": "b"},
        }],
        "policies": [policy()],
        "peer_authentications": [{
            "namespace": "n", "name": "p", "scope": "workload", "selector": {"a": "b"},
            "mode": "strict", "ports": {"8080": "disable"},
        }],
        "plugins": [{
            "name": "p", "source": "p.py", "config": {"z": [1, {"y": null}], "a": true},
            "audience": "n", "failure": "skip", "provider": "ext",
        }],
    })
}

fn service() -> Value {
    json!({
        "namespace": "n", "name": "s", "host": "s.example", "audience": "n",
        "kind": "ServiceEntry", "balance": "least_request", "selector": {"a": "b"},
        "known_endpoints": false, "passthrough": true,
        "clusters": [{
            "port": 81, "target_port": 8081, "protocol": "http2", "subset": "v1",
            "labels": {"version": "v1"}, "balance": "random",
            "policy": {
                "connect_timeout_ms": 1, "max_connections": 2, "max_pending_requests": 3,
                "max_requests": 4, "max_requests_per_connection": 5, "max_retries": 6,
                "idle_timeout_ms": 7,
                "outlier_detection": {
                    "consecutive_5xx_errors": 1, "consecutive_gateway_errors": 2,
                    "consecutive_local_origin_failures": 3,
                    "split_external_local_origin_errors": true, "interval_ms": 4,
                    "base_ejection_time_ms": 5, "max_ejection_percent": 6,
                    "min_health_percent": 7,
                },
                "tls": {
                    "mode": "mutual", "sni": "s", "subject_alt_names": ["s"],
                    "client_certificate": "c", "private_key": "k", "ca_certificates": "a",
                    "credential_name": "n", "insecure_skip_verify": true,
                },
            },
        }],
    })
}

fn routes() -> Value {
    json!({
        "host": "*.example", "aliases": ["s"], "local_aliases": ["t"], "namespace": "n",
        "audience": "n", "gateway": "n/g", "port": 81, "order": "listed",
        "rules": [
            {
                "name": "r",
                "resource": {"kind": "HTTPRoute", "namespace": "n", "name": "h", "rule": 1},
                "fallback": true,
                "matches": [{
                    "path": {"type": "starts_with", "value": "/a", "ignore_case": true},
                    "method": {"type": "exact", "value": "GET"},
                    "scheme": {"type": "suffix", "value": "s", "ignore_case": true},
                    "authority": {"type": "regex", "value": "a.*"},
                    "headers": [
                        {"type": "exact", "name": "x", "value": "", "invert": true},
                        {"type": "present", "name": "y"},
                    ],
                    "query": [{"type": "prefix", "name": "q", "value": "1"}],
                    "source": {"namespace": "n", "labels": {"a": "b"}},
                }],
                "destinations": [{
                    "service": "n/s", "port": 81, "subset": "v1", "weight": 0,
                    "request_headers": {"remove": ["c"]}, "response_headers": {"remove": ["c"]},
                    "status": 500,
                }],
                "rewrite": {
                    "authority": "b.example",
                    "path": {"type": "regex", "pattern": "a", "substitution": "b"},
                },
                "cors": {
                    "allow_origins": [{"type": "exact", "value": "*"}], "allow_methods": ["GET"],
                    "allow_headers": ["x"], "expose_headers": ["y"], "max_age_seconds": 1,
                    "allow_credentials": true, "forward_unmatched_preflights": false,
                },
                "timeouts": {"request_ms": 0, "backend_request_ms": 1},
                "request_headers": {
                    "set": [{"name": "a", "value": "1"}],
                    "add": [{"name": "b", "value": "2"}],
                    "remove": ["c"],
                },
                "response_headers": {"remove": ["d"]},
                "retry": {
                    "attempts": 2, "per_try_timeout_ms": 1, "retry_on": ["5xx"], "backoff_ms": 2,
                },
                "mirrors": [{"service": "n/s", "port": 81, "subset": "v1", "percent": 0.5}],
                "fault": {
                    "delay": {"percent": 1.0, "duration_ms": 1},
                    "abort": {"percent": 2.0, "http_status": 503, "grpc_status": "INTERNAL"},
                },
            },
            {
                "name": "elsewhere",
                "redirect": {
                    "scheme": "https", "host": "b", "port": 0, "status": 301,
                    "path": {"type": "prefix", "value": "/b"},
                },
            },
            {
                "name": "here",
                "direct_response": {"status": 200, "body": "a", "body_base64": "YQ=="},
            },
        ],
    })
}

fn policy() -> Value {
    json!({
        "namespace": "n", "name": "p", "action": "custom", "provider": "ext", "dry_run": true,
        "selector": {"a": "b"}, "targets": ["n/g"],
        "rules": [{
            "from": [{
                "principals": ["a"], "not_principals": ["a"], "request_principals": ["a"],
                "not_request_principals": ["a"], "namespaces": ["a"], "not_namespaces": ["a"],
                "service_accounts": ["a/b"], "not_service_accounts": ["a/b"],
                "trust_domains": ["a"], "not_trust_domains": ["a"], "ip_blocks": ["::1"],
                "not_ip_blocks": ["::1"], "remote_ip_blocks": ["::1"],
                "not_remote_ip_blocks": ["::1"],
            }],
            "to": [{
                "hosts": ["a"], "not_hosts": ["a"], "ports": ["80"], "not_ports": ["80"],
                "methods": ["GET"], "not_methods": ["GET"], "paths": ["/"], "not_paths": ["/"],
            }],
            "when": [{"key": "source.ip", "values": ["::1"], "not_values": ["::1"]}],
        }],
    })
}
