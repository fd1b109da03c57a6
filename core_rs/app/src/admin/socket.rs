//! Where the admin pages listen.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::State;
use crate::error::Error;
use crate::listen::bind_address;
use crate::settings::{AdminAddress, ListenAddress};

const BACKLOG: i32 = 128;

/// A listener for the admin pages. The socket file of a Unix one is removed when it is dropped.
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// A connection to the admin pages.
pub(super) enum Connection {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Connection {
    pub(super) async fn serve(self, state: Arc<State>, over_tcp: bool) {
        match self {
            Self::Tcp(stream) => super::converse(stream, state, over_tcp).await,
            Self::Unix(stream) => super::converse(stream, state, over_tcp).await,
        }
    }
}

impl Listener {
    /// Binds `address`. Must be called inside a runtime.
    pub(crate) fn bind(address: &AdminAddress) -> Result<Self, Error> {
        match address {
            AdminAddress::Tcp(address) => {
                let (_, mut sockets) = bind_address(&ListenAddress::One(*address), 1)?;
                let socket = sockets.pop().ok_or(io::ErrorKind::AddrNotAvailable);
                socket
                    .map_err(io::Error::from)
                    .and_then(TcpListener::from_std)
                    .map(Self::Tcp)
                    .map_err(|error| Error::bind(address.to_string(), error))
            }
            AdminAddress::Unix(path) => bind_unix(path).map_err(|error| match error.kind() {
                io::ErrorKind::PermissionDenied => Error::Denied {
                    what: address.to_string(),
                    hint: "",
                    source: error,
                },
                _ => Error::bind(address.to_string(), error),
            }),
        }
    }

    /// The address with its real port.
    pub(crate) fn address(&self) -> io::Result<String> {
        match self {
            Self::Tcp(listener) => Ok(listener.local_addr()?.to_string()),
            Self::Unix(_, file) => Ok(format!("unix:{}", file.path.display())),
        }
    }

    pub(super) fn is_tcp(&self) -> bool {
        matches!(self, Self::Tcp(_))
    }

    pub(super) async fn accept(&self) -> io::Result<Connection> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(it, _)| Connection::Tcp(it)),
            Self::Unix(listener, _) => listener.accept().await.map(|(it, _)| Connection::Unix(it)),
        }
    }
}

fn bind_unix(path: &Path) -> io::Result<Listener> {
    remove_stale(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Linux gives the file the mode of the socket: it never exists with a wider one, and the
    // umask, which belongs to all threads, stays as it is
    let socket = File::from(OwnedFd::from(socket));
    socket.set_permissions(Permissions::from_mode(0o600))?;
    let socket = Socket::from(OwnedFd::from(socket));
    socket.bind(&SockAddr::unix(path)?)?;
    let metadata = fs::symlink_metadata(path)?;
    let file = SocketFile {
        path: path.to_owned(),
        identity: identity(&metadata),
    };
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(io::Error::other(
            "the file system lets others use the socket",
        ));
    }
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    let listener = UnixListener::from_std(OwnedFd::from(socket).into())?;
    Ok(Listener::Unix(listener, file))
}

/// Removes the socket of a process that is gone. Nothing else is removed.
fn remove_stale(path: &Path) -> io::Result<()> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !metadata.file_type().is_socket() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is something else",
        ));
    }
    match StdUnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
    }
}

/// The file of a Unix socket.
pub(crate) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // another process may have put its own there meanwhile
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|it| identity(&it) == self.identity);
        if ours {
            let _gone_already = fs::remove_file(&self.path);
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}
