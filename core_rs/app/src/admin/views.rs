//! What the pages show, and what a POST to them does.

use std::sync::Arc;

use hyper::StatusCode;
use proxy::telemetry::log::{self, Level};
use serde_json::{Value, json};

use super::body::{Metrics, PageBody, Rest};
use super::reply::{self, Reply};
use super::{State, redact};

pub(super) fn ready(state: &State) -> Reply {
    match state.unready() {
        None => reply::text(StatusCode::OK, "ready"),
        Some(reason) => reply::text(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

pub(super) fn metrics(state: &State) -> Reply {
    let metrics = Metrics {
        scrape: state.metrics.scrape(),
        rest: Some(Rest {
            pressure: state.pressure.level(),
            configuration: Arc::clone(&state.configuration),
            extra: state.extra.clone(),
        }),
    };
    reply::reply(
        StatusCode::OK,
        reply::METRICS,
        PageBody::Metrics(Box::new(metrics)),
    )
}

pub(super) fn config(state: &State) -> Reply {
    reply::json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "generation": state.configuration.snapshot.load().generation(),
        "state": state.configuration.report(),
        "settings": state.settings.document,
        "documents": redact::documents(&state.configuration.documents.load()),
    }))
}

pub(super) fn clusters(state: &State) -> Reply {
    let reports = state.metrics.endpoints();
    let snapshot = state.configuration.snapshot.load();
    let clusters: Vec<_> = snapshot
        .clusters()
        .map(|cluster| {
            let endpoints = cluster.endpoints.list().iter().map(|endpoint| {
                // an endpoint that several clusters share is counted where it was met first
                let report = reports
                    .iter()
                    .filter(|it| it.address == endpoint.address)
                    .max_by_key(|it| it.cluster == cluster.name);
                json!({
                    "address": endpoint.address,
                    "weight": endpoint.weight,
                    "requests": {
                        "active": report.map_or(0, |it| it.active),
                        "total": report.map_or(0, |it| it.requests),
                        "failed": report.map_or(0, |it| it.failures),
                    },
                    "connections": {
                        "open": report.map_or(0, |it| it.open),
                        "idle": report.map_or(0, |it| it.idle),
                    },
                })
            });
            json!({
                "name": &*cluster.name,
                "host": &*cluster.host,
                "balance": cluster.policy,
                "endpoints": endpoints.collect::<Vec<_>>(),
            })
        })
        .collect();
    reply::json(&json!({ "clusters": clusters }))
}

pub(super) fn plugins(state: &State) -> Reply {
    let text = state
        .extra
        .as_ref()
        .map_or_else(|| "[]".to_owned(), |it| it.plugins_json());
    match serde_json::from_str::<Value>(&text) {
        Ok(plugins) => reply::json(&json!({ "plugins": plugins })),
        Err(error) => reply::text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

pub(super) fn work(state: &State) -> Reply {
    reply::json(&json!({
        "connections": state.metrics.connections_active(),
        "requests": state.metrics.requests_active(),
        "memory_pressure": state.pressure.level().name(),
    }))
}

pub(super) fn logging(_: &State) -> Reply {
    reply::json(&json!({
        "level": log::level().name(),
        "levels": Level::ALL.map(Level::name),
    }))
}

pub(super) fn set_logging(state: &State, query: &str) -> Reply {
    let level = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("level="));
    match level.unwrap_or_default().parse() {
        Ok(level) => {
            log::set_level(level);
            logging(state)
        }
        Err(error) => reply::text(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

pub(super) fn drain(state: &State, _: &str) -> Reply {
    state.stop.notify_one();
    reply::text(StatusCode::ACCEPTED, "draining")
}
