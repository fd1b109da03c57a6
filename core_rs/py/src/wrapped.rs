//! Runs a group of hooks that has wrappers, as pluggy does.
//!
//! A wrapper is a generator that yields once. Its part before the `yield` runs before the hooks, in
//! order; its part after it runs after them, in reverse, and sees their result or their exception.
//! A hook whose failure policy is not `deny` has its failure answered for at once, so that the
//! wrappers see the result as if it had returned `None`.

use proxy::hooks::RequestVerdict;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::iterator::PySendResult;
use pyo3::types::{PyIterator, PyList};

use crate::chain::{self, Admission, Cursor, Place, invoke};
use crate::meter::Outcome;
use crate::table::{Group, Hook, Kind, Policy, Table, Wrapper};
use crate::verdict::{self, Flow};
use crate::views::Frame;

/// A wrapper that waits at its `yield`.
struct Entered<'a, 'py> {
    hook: &'a Hook,
    generator: Bound<'py, PyIterator>,
}

/// The result of the inner calls, or the exception of one of them.
type Inner<'a, 'py> = Result<Bound<'py, PyAny>, (PyErr, &'a Hook)>;

/// Calls the hooks of a group inside its wrappers; `None` if one of them may not run here any more.
pub(crate) fn run<P: Place>(
    py: Python<'_>,
    place: &mut P,
    table: &Table,
    group: &Group,
    mut cursor: Cursor,
    frame: &Frame,
    verdict: &mut RequestVerdict,
) -> Option<Flow> {
    let first_result = !matches!(
        group.hooks.first().map(|hook| hook.kind),
        Some(Kind::OnResponse | Kind::Telemetry)
    );
    let mut entered = Vec::with_capacity(group.wrappers);
    let mut results = Vec::new();
    let mut failure = None;
    // Whose answer it is, for the log and the plugin's name in the verdict.
    let mut author = group.hooks.last()?.as_ref();
    for hook in &group.hooks {
        let admission = place.admit(hook, cursor, verdict);
        cursor.hook += 1;
        if admission == Admission::Stop {
            return None;
        }
        if admission == Admission::Fail {
            hook.meter.count(P::TIER, Outcome::Quarantined);
            if hook.policy == Policy::Deny {
                failure = Some((
                    PyRuntimeError::new_err("it is in quarantine"),
                    hook.as_ref(),
                ));
                break;
            }
            continue;
        }
        let attempt = if hook.wrapper == Wrapper::None {
            invoke(py, hook, frame).and_then(|answer| known(table, hook, answer))
        } else {
            enter(py, hook, frame).map(|generator| {
                entered.push(Entered { hook, generator });
                None
            })
        };
        if !place.ended(py, hook) {
            return None;
        }
        match attempt {
            Ok(answer) => {
                if hook.wrapper == Wrapper::None {
                    hook.meter
                        .count(P::TIER, outcome(answer.as_ref(), hook.kind));
                }
                if let Some(answer) = answer {
                    author = hook;
                    results.push(answer);
                    if first_result {
                        break;
                    }
                }
            }
            Err(error) => {
                chain::raised(py, P::TIER, hook, &error);
                if hook.policy == Policy::Deny {
                    failure = Some((error, hook.as_ref()));
                    break;
                }
            }
        }
    }
    let mut inner: Inner<'_, '_> = match (failure, first_result) {
        (Some(failure), _) => Err(failure),
        (None, true) => Ok(results.pop().unwrap_or_else(|| py.None().into_bound(py))),
        (None, false) => match PyList::new(py, results) {
            Ok(list) => Ok(list.into_any()),
            Err(error) => Err((error, author)),
        },
    };
    while let Some(wrapper) = entered.pop() {
        inner = leave::<P>(py, &wrapper, inner, &mut author);
    }
    Some(match inner {
        Ok(answer) if first_result => decide::<P>(table, author, &answer, verdict),
        Ok(_) => Flow::Next,
        Err((_, hook)) => verdict::fail(hook, verdict),
    })
}

/// The final answer, which a wrapper may have made.
fn decide<P: Place>(
    table: &Table,
    author: &Hook,
    answer: &Bound<'_, PyAny>,
    verdict: &mut RequestVerdict,
) -> Flow {
    if let Some((flow, _)) = table.verdicts.settle(author, answer, verdict) {
        return flow;
    }
    chain::nonsense(P::TIER, author, answer);
    verdict::fail(author, verdict)
}

/// An inner hook's answer if it is one; nonsense becomes an exception, for the wrappers to see.
fn known<'py>(
    table: &Table,
    hook: &Hook,
    answer: Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if answer.is_none() {
        return Ok(None);
    }
    if table
        .verdicts
        .settle(hook, &answer, &mut RequestVerdict::default())
        .is_some()
    {
        return Ok(Some(answer));
    }
    let message = format!(
        "{} returned {}",
        hook.kind.name(),
        answer.get_type().name()?
    );
    Err(PyTypeError::new_err(message))
}

fn outcome(answer: Option<&Bound<'_, PyAny>>, kind: Kind) -> Outcome {
    match (answer, kind) {
        (Some(answer), Kind::Authorize) if answer.hasattr("status").unwrap_or(false) => {
            Outcome::Denied
        }
        (Some(_), Kind::OnRequest) => Outcome::Responded,
        _ => Outcome::Ok,
    }
}

/// Runs a wrapper up to its `yield`.
fn enter<'py>(py: Python<'py>, hook: &Hook, frame: &Frame) -> PyResult<Bound<'py, PyIterator>> {
    let generator = invoke(py, hook, frame)?.cast_into::<PyIterator>()?;
    match generator.send(py.None().bind(py))? {
        PySendResult::Next(_) => Ok(generator),
        PySendResult::Return(_) => Err(PyRuntimeError::new_err("the wrapper did not yield")),
    }
}

/// Runs a wrapper from its `yield` to its end; what it returns is the result from here on.
fn leave<'a, 'py, P: Place>(
    py: Python<'py>,
    wrapper: &Entered<'a, 'py>,
    inner: Inner<'a, 'py>,
    author: &mut &'a Hook,
) -> Inner<'a, 'py> {
    let before = match &inner {
        Ok(answer) => Ok(answer.clone()),
        Err((error, hook)) => Err((error.clone_ref(py), *hook)),
    };
    let end = match wrapper.hook.wrapper {
        Wrapper::Old => leave_old(py, wrapper, inner),
        _ => leave_new(py, wrapper, inner),
    };
    match (end, before) {
        (Ok(Ok(answer)), before) => {
            let same = before.is_ok_and(|before| before.is(&answer));
            if !same {
                *author = wrapper.hook;
            }
            wrapper.hook.meter.count(P::TIER, Outcome::Ok);
            Ok(answer)
        }
        (Ok(Err(failure)), _) => Err(failure),
        (Err(error), before) => {
            chain::raised(py, P::TIER, wrapper.hook, &error);
            if wrapper.hook.policy == Policy::Deny {
                return Err((error, wrapper.hook));
            }
            before
        }
    }
}

/// The outer result is what the wrapper itself did; the inner one is what it leaves behind.
fn leave_new<'a, 'py>(
    py: Python<'py>,
    wrapper: &Entered<'a, 'py>,
    inner: Inner<'a, 'py>,
) -> PyResult<Inner<'a, 'py>> {
    let generator = &wrapper.generator;
    let sent = match inner {
        Ok(answer) => generator.send(&answer),
        Err((error, hook)) => {
            let value = error.value(py).clone();
            match generator.call_method1(intern!(py, "throw"), (&value,)) {
                Ok(yielded) => Ok(PySendResult::Next(yielded)),
                Err(end) => match returned(py, &end, &value) {
                    Some(answer) => Ok(PySendResult::Return(answer)),
                    // It let the exception pass, which is no failure of its own.
                    None if end.value(py).is(&value) => return Ok(Err((error, hook))),
                    None if is_masked(py, &end, &value) => return Ok(Err((error, hook))),
                    None => Err(end),
                },
            }
        }
    };
    match sent? {
        PySendResult::Return(answer) => Ok(Ok(answer)),
        PySendResult::Next(_) => {
            generator.call_method0(intern!(py, "close"))?;
            Err(PyRuntimeError::new_err("the wrapper has a second yield"))
        }
    }
}

/// What a generator returned in answer to `throw`, which reports it as `StopIteration`.
fn returned<'py>(
    py: Python<'py>,
    end: &PyErr,
    thrown: &Bound<'py, PyAny>,
) -> Option<Bound<'py, PyAny>> {
    let value = end.value(py);
    if !end.is_instance_of::<PyStopIteration>(py) || value.is(thrown) {
        return None;
    }
    value.getattr(intern!(py, "value")).ok()
}

/// Python turns a `StopIteration` that passes through a generator into a `RuntimeError`.
fn is_masked(py: Python<'_>, end: &PyErr, thrown: &Bound<'_, PyAny>) -> bool {
    end.is_instance_of::<PyRuntimeError>(py)
        && thrown.is_instance_of::<PyStopIteration>()
        && end
            .cause(py)
            .is_some_and(|cause| cause.value(py).is(thrown))
}

fn leave_old<'a, 'py>(
    py: Python<'py>,
    wrapper: &Entered<'a, 'py>,
    inner: Inner<'a, 'py>,
) -> PyResult<Inner<'a, 'py>> {
    let class = py
        .import(intern!(py, "pluggy"))?
        .getattr(intern!(py, "Result"))?;
    let (result, raised, hook) = match inner {
        Ok(answer) => (class.call1((answer, py.None()))?, None, wrapper.hook),
        Err((error, hook)) => {
            let value = error.value(py).clone();
            (class.call1((py.None(), &value))?, Some(value), hook)
        }
    };
    let generator = &wrapper.generator;
    if let PySendResult::Next(_) = generator.send(&result)? {
        generator.call_method0(intern!(py, "close"))?;
        return Err(PyRuntimeError::new_err("the wrapper has a second yield"));
    }
    match result.call_method0(intern!(py, "get_result")) {
        Ok(answer) => Ok(Ok(answer)),
        Err(error) => {
            let passed = raised.is_some_and(|raised| error.value(py).is(&raised));
            if passed {
                return Ok(Err((error, hook)));
            }
            // `force_exception` is the wrapper's way to raise.
            Err(error)
        }
    }
}
