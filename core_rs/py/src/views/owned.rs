//! A copy of a call's data, for hooks that run on another thread.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http1::{EditKind, Edits};
use model::request::{Headers, Peer, RequestView};
use proxy::hooks::{ResponseView, RouteView};

use super::slot::CallData;
use super::{Editable, fields};
use crate::job::Progress;

/// Fields of a head, names and values in two arenas.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnedFields {
    names: String,
    values: Vec<u8>,
    /// Where each field's name and value end.
    ends: Vec<(usize, usize)>,
}

impl OwnedFields {
    /// Copies the fields as they are with the edits made so far, in place of what was here.
    fn refill(&mut self, headers: &dyn Headers, edits: Option<&Edits>) {
        self.names.clear();
        self.values.clear();
        self.ends.clear();
        let mut push = |name: &str, value: &[u8]| {
            self.names.push_str(name);
            self.values.extend_from_slice(value);
            self.ends.push((self.names.len(), self.values.len()));
        };
        match edits {
            Some(edits) => fields::visit(headers, edits, &mut push),
            None => headers.visit(&mut push),
        }
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
#[derive(Clone, Debug)]
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
    port: u16,
    destination: Option<SocketAddr>,
    fields: OwnedFields,
    /// The response's status, if there is a response.
    status: Option<u16>,
    response_fields: OwnedFields,
}

impl Head {
    fn new() -> Self {
        let client = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self {
            text: String::new(),
            method: 0..0,
            scheme: 0..0,
            authority: 0..0,
            path: 0..0,
            query: None,
            identity: None,
            route: None,
            services: Vec::new(),
            address: (client, 0).into(),
            client,
            port: 0,
            destination: None,
            fields: OwnedFields::default(),
            status: None,
            response_fields: OwnedFields::default(),
        }
    }

    fn refill(
        &mut self,
        request: &RequestView<'_>,
        route: Option<RouteView<'_>>,
        response: Option<(&ResponseView<'_>, u16)>,
        edits: &Edits,
    ) {
        self.text.clear();
        let mut put = |part: &str| {
            let start = self.text.len();
            self.text.push_str(part);
            start..self.text.len()
        };
        self.method = put(request.method);
        self.scheme = put(request.scheme);
        self.authority = put(request.authority);
        self.path = put(request.path);
        self.query = request.query.map(&mut put);
        self.identity = request.peer.identity.map(&mut put);
        self.route = route.map(|route| (put(route.name), put(route.service)));
        self.services.clear();
        if let Some(route) = route {
            self.services.extend_from_slice(route.services);
        }
        self.address = request.peer.address;
        self.client = request.peer.client;
        self.port = request.port;
        self.destination = request.destination;
        self.fields
            .refill(request.headers, response.is_none().then_some(edits));
        self.status = response.map(|(response, status)| match status {
            0 => response.status,
            set => set,
        });
        if let Some((response, _)) = response {
            self.response_fields.refill(response.headers, Some(edits));
        }
    }
}

/// What hooks change.
#[derive(Debug, Default)]
struct Changes {
    edits: Edits,
    status: u16,
}

/// An owned [`CallData`] on its way to the dispatcher and back.
#[derive(Debug)]
pub(crate) struct OwnedCall {
    head: Head,
    changes: Mutex<Changes>,
    pub(super) editable: Editable,
    pub(crate) progress: Progress,
}

impl OwnedCall {
    /// Room for a call.
    pub(crate) fn new() -> Self {
        Self {
            head: Head::new(),
            changes: Mutex::default(),
            editable: Editable::default(),
            progress: Progress::default(),
        }
    }

    /// Copies a call into the room of one that has ended. Edits that were made before are seen in
    /// the fields and not made again.
    pub(crate) fn refill(
        &mut self,
        request: &RequestView<'_>,
        route: Option<RouteView<'_>>,
        response: Option<(&ResponseView<'_>, u16)>,
        edits: &Edits,
    ) {
        self.head.refill(request, route, response, edits);
        let changes = self
            .changes
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        changes.edits.clear();
        changes.status = response.map_or(0, |(_, status)| status);
        self.editable.set(None);
        self.progress = Progress::default();
    }

    /// The same call for the hooks behind one that is given up and may still run, with the edits
    /// made so far.
    pub(crate) fn fork(&self) -> Self {
        let changes = self.changes();
        let mut edits = Edits::new();
        apply(&changes.edits, &mut edits);
        let status = changes.status;
        Self {
            head: self.head.clone(),
            changes: Mutex::new(Changes { edits, status }),
            editable: Editable::default(),
            progress: Progress::default(),
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
        let head = &self.head;
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
                port: head.port,
                destination: head.destination,
                // No hook is shown these.
                sni: None,
                claims: None,
            },
            route: head.route.as_ref().map(|(name, service)| RouteView {
                name: text(name),
                services: &head.services,
                service: text(service),
            }),
            response: head.status.map(|status| ResponseView {
                status,
                headers: &head.response_fields,
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
