//! Sockets that accept requests: for each address one per worker, so that the kernel spreads
//! connections over the workers without a lock.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use proxy::accept::Entrance;

use crate::error::Error;
use crate::settings::{Listen, ListenAddress};

/// Connections that may wait to be accepted; the kernel caps it at `net.core.somaxconn`.
const BACKLOG: i32 = 4_096;

/// The sockets of one address, and which it turned out to be.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) address: SocketAddr,
    pub(crate) entrance: Entrance,
    /// One per worker.
    pub(crate) sockets: Vec<TcpListener>,
}

/// Binds an address once for each of `workers` and listens.
pub(crate) fn listen(listen: &Listen, workers: usize) -> Result<Listeners, Error> {
    let (address, sockets) = bind_address(&listen.address, workers)?;
    let entrance = listen
        .gateway_port
        .map_or(Entrance::Mesh, Entrance::Gateway);
    Ok(Listeners {
        address,
        entrance,
        sockets,
    })
}

/// The address that was bound, and a socket for each worker.
type Bound = (SocketAddr, Vec<TcpListener>);

/// Binds `address` once for each of `workers` and listens.
pub(crate) fn bind_address(address: &ListenAddress, workers: usize) -> Result<Bound, Error> {
    let asked = || address.to_string();
    match address {
        ListenAddress::One(one) => {
            bind_all(*one, workers).map_err(|error| Error::bind(asked(), error))
        }
        ListenAddress::Every { port } => bind_all((Ipv6Addr::UNSPECIFIED, *port).into(), workers)
            .or_else(|error| match error.kind() {
                // taken is taken; anything else means that there is no IPv6 here
                io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
                _ => bind_all((Ipv4Addr::UNSPECIFIED, *port).into(), workers),
            })
            .map_err(|error| Error::bind(asked(), error)),
        ListenAddress::Named { host, port } => {
            let unavailable = |source| Error::Unavailable {
                what: asked(),
                source,
            };
            let mut found: Vec<_> = (host.as_str(), *port)
                .to_socket_addrs()
                .map_err(unavailable)?
                .collect();
            found.sort_by_key(SocketAddr::is_ipv6);
            let first = found
                .first()
                .ok_or_else(|| unavailable(io::ErrorKind::NotFound.into()))?;
            bind_all(*first, workers).map_err(|error| Error::bind(asked(), error))
        }
    }
}

/// The first socket is bound without `SO_REUSEPORT`: it fails if anyone listens there, even one
/// that would share. The option is set afterwards and lets our others in; from the first bind on
/// nobody else can take the port.
fn bind_all(address: SocketAddr, workers: usize) -> io::Result<Bound> {
    let first = bind(address, false)?;
    first.set_reuse_port(true)?;
    let address = local_address(&first)?;
    let mut sockets = vec![first];
    for _ in 1..workers {
        sockets.push(bind(address, true)?);
    }
    // None listens before all are bound: a connection is given to one of those that listen, and
    // would be lost if that one were closed because a later one failed.
    let listening = sockets.into_iter().map(|socket| {
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    });
    Ok((address, listening.collect::<io::Result<_>>()?))
}

fn bind(address: SocketAddr, reuse_port: bool) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        // both families, if the address is that of all
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // connections of a process before this one may linger in TIME_WAIT
    socket.set_reuse_address(true)?;
    if reuse_port {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(address))?;
    Ok(socket)
}

fn local_address(socket: &Socket) -> io::Result<SocketAddr> {
    let address = socket.local_addr()?;
    address
        .as_socket()
        .ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    fn listen_on(address: &str, workers: usize) -> Result<Listeners, Error> {
        listen(&address.parse().expect("valid"), workers)
    }

    #[test]
    fn every_worker_has_a_socket_of_the_same_port() {
        let listeners = listen_on("127.0.0.1:0", 3).expect("bound");
        assert_eq!(listeners.sockets.len(), 3);
        for socket in &listeners.sockets {
            assert_eq!(socket.local_addr().expect("bound"), listeners.address);
        }
        let mut accepted = 0;
        let clients: Vec<_> = (0..30)
            .map(|_| TcpStream::connect(listeners.address).expect("connected"))
            .collect();
        for socket in &listeners.sockets {
            while socket.accept().is_ok() {
                accepted += 1;
            }
        }
        assert_eq!(accepted, clients.len());
    }

    #[test]
    fn a_port_in_use_is_noticed_though_its_owner_would_share_it() {
        let first = listen_on("127.0.0.1:0", 2).expect("bound");
        let error = listen_on(&first.address.to_string(), 2).expect_err("in use");
        assert_eq!((error.code(), error.exit_code()), ("address-in-use", 69));
        drop(first);
    }

    #[test]
    fn an_empty_host_takes_both_families() {
        let listeners = listen_on(":0", 2).expect("bound");
        let port = listeners.address.port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("IPv4");
        if listeners.address.is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).expect("IPv6");
        }
    }

    #[test]
    fn an_address_of_another_machine_is_unavailable() {
        let error = listen_on("192.0.2.1:0", 1).expect_err("not ours");
        assert_eq!((error.code(), error.exit_code()), ("unavailable", 69));
        // refused by the resolver itself: a label has at most 63 bytes
        let name = format!("{}.invalid:0", "x".repeat(64));
        let error = listen_on(&name, 1).expect_err("no such name");
        assert_eq!((error.code(), error.exit_code()), ("unavailable", 69));
    }
}
