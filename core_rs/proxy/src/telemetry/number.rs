//! A number that one thread writes and any thread may read.

use std::sync::atomic::{AtomicU64, Ordering};

/// A counter or gauge with a single writer: adding is a relaxed load and a relaxed store, an
/// ordinary `add` on memory that no other core writes. Readers see some recent value.
///
/// Two threads that both add would lose counts; each worker therefore has numbers of its own.
#[derive(Debug, Default)]
pub struct Number(AtomicU64);

impl Number {
    /// Adds `amount`. Only the owning thread may call it.
    pub fn add(&self, amount: u64) {
        self.set(self.get().wrapping_add(amount));
    }

    /// Adds one. Only the owning thread may call it.
    pub fn increment(&self) {
        self.add(1);
    }

    /// Takes one away. Only the owning thread may call it.
    pub fn decrement(&self) {
        self.set(self.get().wrapping_sub(1));
    }

    /// Replaces the value. Only the owning thread may call it.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The value now, from any thread.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
