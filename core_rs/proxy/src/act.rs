//! What a rule answers by itself, without a service: redirects, fixed answers, CORS preflights.

use std::borrow::Cow;

use model::route::cors::{Preflight, preflight, response_fields};
use model::route::{Action, HeaderEdits, redirect_location};

use crate::h1::Exchange;
use crate::hooks::Reply;
use crate::route::Routed;

/// The answer to a CORS preflight, if this is one that the route answers. It comes before plugins:
/// a browser sends it without the credentials that they would ask for.
pub(crate) fn cors(exchange: &Exchange, routed: &Routed) -> Option<Reply> {
    let cors = routed.rule().cors.as_ref()?;
    match exchange.with_record(|request, _| preflight(cors, request)) {
        Preflight::Forward => None,
        Preflight::Answer(fields) => {
            let fields = fields.into_iter();
            let headers = fields.map(|(name, value)| (name.to_owned(), value.into_bytes()));
            Some(reply(200, headers.collect(), Vec::new()))
        }
    }
}

/// The rule's own answer, with its edits as on any response (Envoy's `finalizeResponseHeaders`);
/// `None` if it forwards.
pub(crate) fn answer(exchange: &Exchange, routed: &Routed) -> Option<Reply> {
    let rule = routed.rule();
    let (status, mut headers, body) = match &rule.action {
        Action::Forward => return None,
        Action::Redirect(redirect) => {
            let matched = routed.matched();
            let location =
                exchange.with_record(|view, _| redirect_location(redirect, &matched, view));
            let headers = vec![("location".to_owned(), location.into_bytes())];
            (redirect.status, headers, Vec::new())
        }
        Action::Respond(response) => {
            let kind = ("content-type".to_owned(), b"text/plain".to_vec());
            let headers = if response.body.is_empty() {
                Vec::new()
            } else {
                vec![kind]
            };
            (response.status, headers, response.body.to_vec())
        }
    };
    edit(&mut headers, &rule.response_edits);
    if let Some(cors) = &rule.cors {
        let fields = exchange.with_record(|view, _| response_fields(cors, view.headers));
        for (name, value) in fields {
            remove(&mut headers, name);
            headers.push((name.to_owned(), value.into_bytes()));
        }
    }
    Some(reply(status, headers, body))
}

type Fields = Vec<(String, Vec<u8>)>;

fn remove(headers: &mut Fields, name: &str) {
    headers.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
}

fn edit(headers: &mut Fields, edits: &HeaderEdits) {
    for name in edits
        .remove
        .iter()
        .chain(edits.set.iter().map(|(name, _)| name))
    {
        remove(headers, name);
    }
    for (name, value) in edits.set.iter().chain(&edits.add) {
        headers.push((name.to_string(), value.as_bytes().to_vec()));
    }
}

fn reply(status: u16, headers: Fields, body: Vec<u8>) -> Reply {
    Reply {
        status,
        headers,
        body,
        reason: Cow::Borrowed(""),
        denied: false,
        plugin: "".into(),
    }
}
