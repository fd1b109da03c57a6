//! Graceful drain: one owner says when, every worker hears it once.

use tokio::sync::watch;

/// Owned by the process; workers hold [`Watch`]es.
pub struct Drain {
    sender: watch::Sender<Stage>,
}

/// How far the end of the process has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Serving.
    Serving,
    /// No new connections; the running requests end, each connection after its request.
    Draining,
    /// The deadline has passed: cut what is left.
    Ended,
}

impl Drain {
    /// Nothing is draining yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sender: watch::Sender::new(Stage::Serving),
        }
    }

    /// Moves on; never back.
    pub fn advance(&self, stage: Stage) {
        self.sender.send_if_modified(|now| {
            let moved = stage > *now;
            *now = stage.max(*now);
            moved
        });
    }

    /// The present stage.
    #[must_use]
    pub fn stage(&self) -> Stage {
        *self.sender.borrow()
    }

    /// A view for a worker.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch(self.sender.subscribe())
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}

/// Hears of the drain.
#[derive(Clone)]
pub struct Watch(watch::Receiver<Stage>);

impl Watch {
    /// The present stage.
    pub(crate) fn stage(&self) -> Stage {
        *self.0.borrow()
    }

    /// Waits until `stage` is reached or the owner is gone.
    pub async fn reached(&mut self, stage: Stage) {
        let _owner_gone = self.0.wait_for(|now| *now >= stage).await;
    }
}
