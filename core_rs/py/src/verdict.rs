//! From what a hook returned to what the proxy does.

use std::borrow::Cow;
use std::sync::Arc;

use http1::{field_is_forbidden, field_is_valid};
use proxy::hooks::{Destination, Reply, RequestVerdict};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::meter::Outcome;
use crate::table::{Hook, Kind, Policy};

/// The reason on every answer that stands for a plugin that failed.
pub(crate) const FAILED: &str = "plugin_failed";

/// The verdict classes of `pymesh.hooks`; a value is recognised by its exact class.
pub(crate) struct Verdicts {
    allow: Py<PyType>,
    deny: Py<PyType>,
    respond: Py<PyType>,
    destination: Py<PyType>,
}

/// Where the chain goes after a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// To the next hook.
    Next,
    /// To the hooks of the next kind.
    NextGroup,
    /// Nowhere: it is decided.
    End,
}

impl Verdicts {
    /// Takes the classes from the `HookTable`.
    pub(crate) fn read(classes: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (allow, deny, respond, destination) = classes.extract()?;
        Ok(Self {
            allow,
            deny,
            respond,
            destination,
        })
    }

    /// Takes a hook's answer into `verdict`; `None` if it is nonsense.
    pub(crate) fn settle(
        &self,
        hook: &Hook,
        answer: &Bound<'_, PyAny>,
        verdict: &mut RequestVerdict,
    ) -> Option<(Flow, Outcome)> {
        if answer.is_none() {
            return Some((Flow::Next, Outcome::Ok));
        }
        let class = answer.get_type_ptr();
        let is = |expected: &Py<PyType>| class.cast() == expected.as_ptr();
        match hook.kind {
            Kind::Authorize if is(&self.allow) => Some((Flow::NextGroup, Outcome::Ok)),
            Kind::Authorize if is(&self.deny) => {
                verdict.reply = Some(reply(hook, answer, true)?);
                Some((Flow::End, Outcome::Denied))
            }
            Kind::Route if is(&self.destination) => {
                verdict.destination = Some(destination(hook, answer)?);
                Some((Flow::NextGroup, Outcome::Ok))
            }
            Kind::OnRequest if is(&self.respond) => {
                verdict.reply = Some(reply(hook, answer, false)?);
                Some((Flow::End, Outcome::Responded))
            }
            _ => None,
        }
    }
}

/// Applies the failure policy of a hook.
pub(crate) fn fail(hook: &Hook, verdict: &mut RequestVerdict) -> Flow {
    match hook.policy {
        Policy::Deny => {
            let denied = hook.kind == Kind::Authorize;
            verdict.reply = Some(Box::new(Reply {
                status: if denied { 403 } else { 503 },
                headers: vec![("content-type".into(), b"text/plain".to_vec())],
                body: b"plugin_failed\n".to_vec(),
                reason: Cow::Borrowed(FAILED),
                denied,
                plugin: hook.plugin.clone(),
            }));
            Flow::End
        }
        Policy::Allow if hook.kind == Kind::Authorize => Flow::NextGroup,
        Policy::Allow | Policy::Skip => Flow::Next,
    }
}

/// A verdict's answer; `None` if a field of it cannot be sent, however it got there.
fn reply(hook: &Hook, answer: &Bound<'_, PyAny>, denied: bool) -> Option<Box<Reply>> {
    let py = answer.py();
    let status = answer.getattr(intern!(py, "status")).ok()?.extract().ok()?;
    let headers: Vec<(String, Vec<u8>)> = answer
        .getattr(intern!(py, "headers"))
        .ok()?
        .extract()
        .ok()?;
    let body = answer.getattr(intern!(py, "body")).ok()?.extract().ok()?;
    let reason: String = answer.getattr(intern!(py, "reason")).ok()?.extract().ok()?;
    let sendable = |(name, value): &(String, Vec<u8>)| {
        field_is_valid(name.as_bytes(), value) && !field_is_forbidden(name)
    };
    let valid = (200..=599).contains(&status)
        && headers.iter().all(sendable)
        && field_is_valid(b"x", reason.as_bytes());
    valid.then(|| {
        Box::new(Reply {
            status,
            headers,
            body,
            reason: Cow::Owned(reason),
            denied,
            plugin: hook.plugin.clone(),
        })
    })
}

fn destination(hook: &Hook, answer: &Bound<'_, PyAny>) -> Option<Box<Destination>> {
    let py = answer.py();
    let services: Vec<(String, u32)> = answer
        .getattr(intern!(py, "services"))
        .ok()?
        .extract()
        .ok()?;
    let services: Vec<(Arc<str>, u32)> = services
        .into_iter()
        .map(|(name, weight)| (name.into(), weight))
        .collect();
    let weights: u64 = services.iter().map(|(_, weight)| u64::from(*weight)).sum();
    (weights > 0).then(|| {
        Box::new(Destination {
            services,
            plugin: hook.plugin.clone(),
        })
    })
}
