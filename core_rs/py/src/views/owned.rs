//! A copy of a call's data, for hooks that run on another thread.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http1::{EditKind, Edits};
use model::request::{Headers, Peer, RequestView};
use proxy::hooks::{ResponseView, RouteView};

use super::slot::CallData;
use super::{Editable, fields};

/// Fields of a head, names and values in two arenas.
#[derive(Debug, Default)]
pub(crate) struct OwnedFields {
    names: String,
    values: Vec<u8>,
    /// Where each field's name and value end.
    ends: Vec<(usize, usize)>,
}

impl OwnedFields {
    /// Copies the fields as they are with the edits made so far.
    fn copy(headers: &dyn Headers, edits: Option<&Edits>) -> Self {
        let mut copy = Self {
            names: String::with_capacity(256),
            values: Vec::with_capacity(768),
            ends: Vec::with_capacity(16),
        };
        let mut push = |name: &str, value: &[u8]| {
            copy.names.push_str(name);
            copy.values.extend_from_slice(value);
            copy.ends.push((copy.names.len(), copy.values.len()));
        };
        match edits {
            Some(edits) => fields::visit(headers, edits, &mut push),
            None => headers.visit(&mut push),
        }
        copy
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut start = (0, 0);
        self.ends.iter().map(move |&end| {
            let field = (&self.names[start.0..end.0], &self.values[start.1..end.1]);
            start = end;
            field
        })
    }
}

impl Headers for OwnedFields {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        self.iter().for_each(|(name, value)| each(name, value));
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        let mut named = self
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value)
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        let named = self
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.for_each(|(_, value)| each(value));
    }
}

/// The parts of a head that never change, in one arena.
#[derive(Debug)]
struct Head {
    text: String,
    method: Range<usize>,
    scheme: Range<usize>,
    authority: Range<usize>,
    path: Range<usize>,
    query: Option<Range<usize>>,
    identity: Option<Range<usize>>,
    route: Option<(Range<usize>, Range<usize>)>,
    services: Vec<Arc<str>>,
    address: SocketAddr,
    client: IpAddr,
    fields: OwnedFields,
    response: Option<(u16, OwnedFields)>,
}

/// What hooks change.
#[derive(Debug, Default)]
struct Changes {
    edits: Edits,
    status: u16,
}

/// An owned [`CallData`].
#[derive(Debug)]
pub(crate) struct OwnedCall {
    head: Arc<Head>,
    changes: Mutex<Changes>,
    pub(super) editable: Editable,
}

impl OwnedCall {
    /// Copies a call. Edits that were made before are seen in the fields and not made again.
    pub(crate) fn copy(
        request: &RequestView<'_>,
        route: Option<RouteView<'_>>,
        response: Option<(&ResponseView<'_>, u16)>,
        edits: &Edits,
    ) -> Self {
        let mut text = String::with_capacity(256);
        let mut put = |part: &str| {
            let start = text.len();
            text.push_str(part);
            start..text.len()
        };
        let head = Head {
            method: put(request.method),
            scheme: put(request.scheme),
            authority: put(request.authority),
            path: put(request.path),
            query: request.query.map(&mut put),
            identity: request.peer.identity.map(&mut put),
            route: route.map(|route| (put(route.name), put(route.service))),
            services: route
                .map(|route| route.services.to_vec())
                .unwrap_or_default(),
            address: request.peer.address,
            client: request.peer.client,
            fields: OwnedFields::copy(request.headers, response.is_none().then_some(edits)),
            response: response.map(|(response, status)| {
                let status = if status == 0 { response.status } else { status };
                (status, OwnedFields::copy(response.headers, Some(edits)))
            }),
            text,
        };
        let status = response.map_or(0, |(_, status)| status);
        let edits = Edits::new();
        Self {
            head: Arc::new(head),
            changes: Mutex::new(Changes { edits, status }),
            editable: Editable::default(),
        }
    }

    /// The same call for the hooks behind one that is given up and may still run: it shares what
    /// never changes and takes over the edits made so far.
    pub(crate) fn fork(&self) -> Self {
        let changes = self.changes();
        let mut edits = Edits::new();
        apply(&changes.edits, &mut edits);
        let status = changes.status;
        Self {
            head: self.head.clone(),
            changes: Mutex::new(Changes { edits, status }),
            editable: Editable::default(),
        }
    }

    /// Makes the hooks' edits to the message itself; returns the status they set, or 0.
    pub(crate) fn apply(&self, edits: &mut Edits) -> u16 {
        let changes = self.changes();
        apply(&changes.edits, edits);
        changes.status
    }

    /// Lets `look` see the call.
    pub(crate) fn with<R>(&self, look: impl for<'x> FnOnce(&'x CallData<'x>) -> R) -> R {
        let head = &*self.head;
        let text = |range: &Range<usize>| &head.text[range.clone()];
        let mut changes = self.changes();
        let Changes { edits, status } = &mut *changes;
        let data = CallData {
            request: RequestView {
                method: text(&head.method),
                scheme: text(&head.scheme),
                authority: text(&head.authority),
                path: text(&head.path),
                query: head.query.as_ref().map(text),
                headers: &head.fields,
                peer: Peer {
                    address: head.address,
                    client: head.client,
                    identity: head.identity.as_ref().map(text),
                },
            },
            route: head.route.as_ref().map(|(name, service)| RouteView {
                name: text(name),
                services: &head.services,
                service: text(service),
            }),
            response: head.response.as_ref().map(|(status, fields)| ResponseView {
                status: *status,
                headers: fields,
            }),
            status: Cell::new(*status),
            edits: RefCell::new(edits),
        };
        let result = look(&data);
        *status = data.status.get();
        result
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        // A panic while it was held left edits that are each complete.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes `from`'s edits in `to`. What does not fit any more was refused to the hook already.
fn apply(from: &Edits, to: &mut Edits) {
    for (kind, name, value) in from.iter() {
        let _ = match kind {
            EditKind::Set => to.set(name, value),
            EditKind::Add => to.add(name, value),
            EditKind::Remove => to.remove(name),
        };
    }
}
