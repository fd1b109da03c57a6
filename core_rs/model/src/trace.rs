//! How a decision is told step by step, to whoever wants to know why.

use std::fmt;

/// Is told each step of a decision: steps nest, and each ends with a result and a reason.
///
/// The engine is generic over it, so a request that nobody asks about pays nothing: its path has no
/// tracer at all, or the empty [`NoTrace`].
pub trait Trace {
    /// A step begins: what is looked at (`host`, `route`, `match`, `destination`, `policy`, …)
    /// and its name.
    fn enter(&mut self, step: &'static str, name: fmt::Arguments<'_>);

    /// The step begun last ends: `matched`, `not_matched`, `allow`, `deny`, `skipped` or `chosen`,
    /// and why, in words or as a stable code.
    fn leave(&mut self, result: &'static str, reason: fmt::Arguments<'_>);

    /// A step without steps inside.
    fn leaf(
        &mut self,
        step: &'static str,
        name: fmt::Arguments<'_>,
        result: &'static str,
        reason: fmt::Arguments<'_>,
    ) {
        self.enter(step, name);
        self.leave(result, reason);
    }
}

/// Nobody asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTrace;

impl Trace for NoTrace {
    #[inline]
    fn enter(&mut self, _: &'static str, _: fmt::Arguments<'_>) {}

    #[inline]
    fn leave(&mut self, _: &'static str, _: fmt::Arguments<'_>) {}
}

impl<T: Trace + ?Sized> Trace for &mut T {
    fn enter(&mut self, step: &'static str, name: fmt::Arguments<'_>) {
        (**self).enter(step, name);
    }

    fn leave(&mut self, result: &'static str, reason: fmt::Arguments<'_>) {
        (**self).leave(result, reason);
    }
}
