//! What a rule does with a request that it serves.

use std::net::IpAddr;
use std::time::Duration;

use super::answer::{Answer, Authorization, Leaving, Outcome, Retries, RouteRef, Verdict};
use super::arriving::Arriving;
use super::decide::Decide;
use super::duration;
use super::inbound::Entered;
use crate::route::cors::{Preflight, preflight};
use crate::route::{
    Action, Matched, RouteRule, redirect_location, rewrite_authority, rewrite_path,
};
use crate::snapshot::Snapshot;
use crate::trace::Trace;
use crate::wire::RetryEntry;

/// Who sends a request on to a destination.
#[derive(Debug)]
pub(super) struct Hop<'a> {
    /// The namespace that it looks services up from.
    pub(super) namespace: &'a str,
    /// Its SPIFFE id, as the destination sees it.
    pub(super) identity: Option<String>,
    /// Its address, as the destination sees it.
    pub(super) address: IpAddr,
    /// What was decided before.
    pub(super) authorization: Option<Authorization>,
}

/// The request as it came.
pub(super) fn unchanged(arriving: &Arriving) -> Leaving {
    Leaving {
        method: arriving.method.clone(),
        authority: arriving.authority.clone(),
        path: arriving.target(),
        headers: arriving.fields.clone().into_pairs(),
    }
}

impl<T: Trace> Decide<'_, T> {
    /// Redirects, answers or forwards, as the rule says.
    pub(super) fn act(
        &mut self,
        snapshot: &Snapshot,
        matched: &Matched<'_>,
        arriving: &Arriving,
        hop: Hop<'_>,
    ) -> Answer {
        let rule = matched.rule;
        let view = arriving.view(self.question);
        let id = self.question.id.clone();
        let answered = |outcome, status, authorization| {
            let mut answer = Answer::new(id, outcome, Some(status));
            answer.route = route(rule);
            answer.authorization = authorization;
            answer
        };
        if let Some(cors) = &rule.cors
            && let Preflight::Answer(fields) = preflight(cors, &view)
        {
            let answer = answered(Outcome::Direct, 200, hop.authorization);
            let reason = if fields.is_empty() {
                "the origin may not read the answers"
            } else {
                "the origin may read the answers"
            };
            self.trace.leaf(
                "cors",
                format_args!("preflight"),
                "chosen",
                format_args!("{reason}"),
            );
            return answer;
        }
        match &rule.action {
            Action::Redirect(redirect) => {
                let location = redirect_location(redirect, matched, &view);
                let mut answer = answered(Outcome::Redirect, redirect.status, hop.authorization);
                answer.location = Some(location);
                answer
            }
            Action::Respond(response) => {
                answered(Outcome::Direct, response.status, hop.authorization)
            }
            Action::Forward => self.forward(snapshot, matched, arriving, hop),
        }
    }

    fn forward(
        &mut self,
        snapshot: &Snapshot,
        matched: &Matched<'_>,
        arriving: &Arriving,
        hop: Hop<'_>,
    ) -> Answer {
        let rule = matched.rule;
        let path = match rewrite_path(matched, &arriving.view(self.question)) {
            Ok(path) => path,
            Err(error) => {
                let mut answer = self.bad_request(format!("{error} ({})", error.reason()));
                answer.route = route(rule);
                answer.authorization = hop.authorization;
                return answer;
            }
        };
        let mut leaving = arriving.clone();
        if let Some(path) = path {
            leaving.path = path.into_owned();
        }
        if let Some(authority) = rewrite_authority(matched) {
            authority.clone_into(&mut leaving.authority);
        }
        let mut answer = self.plain(Outcome::Forward, None);
        answer.route = route(rule);
        answer.timeout = rule
            .request_timeout
            .filter(|limit| !limit.is_zero())
            .map(duration::text);
        answer.retries = rule.retry.as_ref().map(retries);
        answer.mirrors = Self::mirrors(snapshot, rule);
        self.deliver(rule, &leaving, &hop, &mut answer);
        answer.authorization = both(hop.authorization, answer.authorization);
        answer
    }

    /// Lets the request in at each destination that gets a share, and puts into `answer` what comes
    /// of it: it is denied if one of them denies it, and unavailable if none of them can serve it.
    fn deliver(
        &mut self,
        rule: &RouteRule,
        leaving: &Arriving,
        hop: &Hop<'_>,
        answer: &mut Answer,
    ) {
        let mut sum = Sum::default();
        let mut leaves = None;
        for destination in rule.destinations() {
            let shown = self.destination_ref(destination, leaving, hop.namespace);
            if destination.weight > 0 {
                let mut request = leaving.clone();
                // The rule's come last, so that it has the say where both touch one field.
                request.fields.edit(&destination.request_edits);
                request.fields.edit(&rule.request_edits);
                sum.add(self.arrive(destination, &shown, &request, hop));
                leaves.get_or_insert(request);
            } else {
                let reason = format_args!("its weight is 0");
                let name = format_args!("{}", destination.service);
                self.trace.leaf("destination", name, "skipped", reason);
            }
            answer.destinations.push(shown);
        }
        sum.tell(answer, true);
        if answer.outcome == Outcome::Forward {
            answer.request = leaves.as_ref().map(unchanged);
        }
    }
}

/// What all destinations of a rule come to.
#[derive(Debug, Default)]
pub(super) struct Sum {
    denial: Option<Entered>,
    /// Whether one let it in, and who decided that.
    passed: bool,
    by: Option<Entered>,
    missing: Option<u16>,
}

impl Sum {
    /// Adds what came of one: let in or not, where somebody decides that, or a status.
    pub(super) fn add(&mut self, arrived: Result<Option<Entered>, u16>) {
        match arrived {
            Ok(Some(entered)) if entered.is_denied() => {
                self.denial.get_or_insert(entered);
            }
            Ok(entered) => {
                self.passed = true;
                self.by = Entered::telling(self.by.take(), entered);
            }
            Err(status) => {
                self.missing.get_or_insert(status);
            }
        }
    }

    /// Puts the sum into `answer`; without `http` there is no status.
    pub(super) fn tell(self, answer: &mut Answer, http: bool) {
        if let Some(denial) = self.denial {
            answer.outcome = Outcome::Denied;
            answer.status = (http && !denial.cut).then_some(403);
            answer.authorization = Some(denial.authorization);
        } else if self.passed {
            answer.authorization = self.by.map(|entered| entered.authorization);
        } else {
            answer.outcome = Outcome::Unavailable;
            answer.status = http.then_some(self.missing.unwrap_or(503));
        }
    }
}

/// Of what a gateway and then a destination decided, what tells more: the destination's, unless
/// no policy of its own let the request in and one of the gateway's did.
fn both(gateway: Option<Authorization>, own: Option<Authorization>) -> Option<Authorization> {
    let (mut gateway, mut own) = match (gateway, own) {
        (Some(gateway), Some(own)) => (gateway, own),
        (gateway, own) => return own.or(gateway),
    };
    let dry_run = gateway.dry_run.drain(..).chain(own.dry_run.drain(..));
    let dry_run = dry_run.collect();
    let silent = own.decision == Verdict::Allow && own.policy.is_none();
    let telling = if silent && gateway.policy.is_some() {
        gateway
    } else {
        own
    };
    Some(Authorization { dry_run, ..telling })
}

/// The object that a rule was made from.
fn route(rule: &RouteRule) -> Option<RouteRef> {
    rule.resource.as_ref().map(|origin| RouteRef {
        kind: origin.kind.to_string(),
        namespace: origin.namespace.to_string(),
        name: origin.name.to_string(),
        rule: origin.rule as usize,
    })
}

fn retries(entry: &RetryEntry) -> Retries {
    let limit = entry.per_try_timeout_ms.map(Duration::from_millis);
    Retries {
        attempts: entry.attempts,
        per_try_timeout: limit.map(duration::text),
        retry_on: entry.retry_on.join(","),
    }
}
