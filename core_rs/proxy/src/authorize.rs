//! What the mesh's policies say of a request, before anything else decides about it.
//!
//! Policies hold where requests enter: at a gateway. A client's own proxy enforces none, as in
//! Istio; the destination's does.

use std::borrow::Cow;
use std::sync::Arc;

use model::authz::{Authorizer, Custom, Decision, Subject};
use model::snapshot::Snapshot;

use crate::accept::Entrance;
use crate::filter;
use crate::h1::{Connection, Exchange};
use crate::hooks::Reply;
use crate::respond::Failure;
use crate::telemetry::Telemetry;
use crate::telemetry::audit::{self, Verdict};

/// The policies let a request pass; only this module makes one, and only with one is it routed.
pub(crate) struct Permit(());

/// What became of a request.
pub(crate) enum Authorized {
    /// It may go on.
    Permit(Permit),
    /// A provider refused it, with this answer.
    Refused(Box<Reply>),
}

/// Asks the CUSTOM policies' provider, then the other policies.
pub(crate) async fn authorize(
    connection: &mut Connection,
    exchange: &mut Exchange,
    snapshot: &Arc<Snapshot>,
) -> Result<Authorized, Failure> {
    let authorizer = snapshot.authorizer();
    if exchange.entrance() == Entrance::Mesh || authorizer.is_empty() {
        return Ok(Authorized::Permit(Permit(())));
    }
    if let Some(asked) = provider(connection, exchange, authorizer)?
        && let Some(reply) = ask(connection, exchange, &asked).await?
    {
        return Ok(Authorized::Refused(reply));
    }
    let telemetry = &connection.worker.telemetry;
    exchange.with_record(|request, record| {
        let decision = authorizer.check(&Subject::of_request(request));
        tell(telemetry, &decision, |one| {
            telemetry.decided(one, request, record);
        });
        if decision.allowed {
            Ok(Authorized::Permit(Permit(())))
        } else {
            Err(Failure::Denied)
        }
    })
}

/// Whom a CUSTOM policy wants asked.
struct Asked {
    provider: String,
    policy: String,
    rule: usize,
}

fn provider(
    connection: &Connection,
    exchange: &Exchange,
    authorizer: &Authorizer,
) -> Result<Option<Asked>, Failure> {
    let telemetry = &connection.worker.telemetry;
    exchange.with_record(
        |request, record| match authorizer.custom(&Subject::of_request(request)) {
            Custom::None => Ok(None),
            Custom::Ask {
                provider,
                policy,
                rule,
            } => Ok(Some(Asked {
                provider: provider.to_owned(),
                policy: policy.as_str().to_owned(),
                rule,
            })),
            Custom::Deny(decision) => {
                tell(telemetry, &decision, |one| {
                    telemetry.decided(one, request, record);
                });
                Err(Failure::Denied)
            }
        },
    )
}

/// The provider's answer, if it does not let the request pass. Nobody to ask is a refusal.
async fn ask(
    connection: &mut Connection,
    exchange: &mut Exchange,
    asked: &Asked,
) -> Result<Option<Box<Reply>>, Failure> {
    let verdict = filter::custom(connection, exchange, &asked.provider).await?;
    let (refusal, reason) = match verdict {
        Some(verdict) => match verdict.reply {
            None => return Ok(None),
            Some(reply) => {
                let reason = reply.reason.clone();
                (Some(reply), reason)
            }
        },
        None => (None, Cow::Borrowed("unknown_provider")),
    };
    let telemetry = &connection.worker.telemetry;
    exchange.with_record(|request, record| {
        let decision = audit::Decision {
            verdict: Verdict::Deny,
            policy: Some(&asked.policy),
            rule: Some(asked.rule),
            reason: &reason,
        };
        telemetry.decided(&decision, request, record);
    });
    refusal.map(Some).ok_or(Failure::Denied)
}

/// Tells of everything in a decision that is counted or written to the audit log.
fn tell(
    telemetry: &Telemetry,
    decision: &Decision<'_>,
    mut each: impl FnMut(&audit::Decision<'_>),
) {
    for audited in decision.audited.iter() {
        each(&audit::Decision {
            verdict: Verdict::Audit,
            policy: Some(audited.policy.as_str()),
            rule: Some(audited.rule),
            reason: "audit_rule_matched",
        });
    }
    for dry_run in decision.dry_run.iter().filter(|one| one.would_deny) {
        each(&audit::Decision {
            verdict: Verdict::WouldDeny,
            policy: Some(dry_run.policy.as_str()),
            rule: dry_run.rule,
            reason: "dry_run",
        });
    }
    if decision.allowed && !telemetry.wants_grants() {
        return;
    }
    each(&audit::Decision {
        verdict: if decision.allowed {
            Verdict::Allow
        } else {
            Verdict::Deny
        },
        policy: decision.policy.map(model::authz::PolicyName::as_str),
        rule: decision.rule,
        reason: decision.reason.as_str(),
    });
}
