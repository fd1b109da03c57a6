//! A page's body: one piece, or the metrics piece by piece.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use proxy::pressure::Level;
use proxy::telemetry::Scrape;

use crate::configuration::Configuration;
use crate::{PluginHost, system};

/// What is sent.
pub(super) enum PageBody {
    /// All of it; none once it was sent.
    Whole(Option<Bytes>),
    /// The metrics, rendered as the client takes them.
    Metrics(Box<Metrics>),
}

/// Metrics on their way.
pub(super) struct Metrics {
    pub(super) scrape: Scrape,
    /// What comes behind those of the requests; none once it was sent.
    pub(super) rest: Option<Rest>,
}

/// The metrics of the process and of the plugins.
pub(super) struct Rest {
    pub(super) pressure: Level,
    pub(super) configuration: Arc<Configuration>,
    pub(super) extra: Option<Arc<dyn PluginHost>>,
}

impl Rest {
    fn render(&self) -> String {
        let mut out = String::new();
        system::render(&mut out);
        system::sample(
            &mut out,
            "pymesh_memory_pressure_level",
            "gauge",
            "0 none, 1 short idle timeouts, 2 no keep-alive, 3 new requests refused.",
            self.pressure as u8,
        );
        self.configuration.render(&mut out);
        if let Some(extra) = &self.extra {
            extra.render(&mut out);
        }
        out
    }
}

impl PageBody {
    pub(super) fn whole(body: impl Into<Bytes>) -> Self {
        Self::Whole(Some(body.into()))
    }
}

impl Body for PageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Whole(bytes) => bytes.take(),
            Self::Metrics(metrics) => metrics
                .scrape
                .next()
                .or_else(|| metrics.rest.take().map(|rest| rest.render()))
                .map(Bytes::from),
        };
        Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Metrics(metrics) => metrics.rest.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |it| it.len() as u64))
            }
            Self::Metrics(_) => SizeHint::default(),
        }
    }
}
