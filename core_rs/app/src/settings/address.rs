//! Addresses to listen on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where requests are accepted: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for
/// every address of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// Every IPv4 and IPv6 address.
    Every {
        /// 0 is any free one.
        port: u16,
    },
    /// This address.
    One(SocketAddr),
    /// The first address of this name, IPv4 before IPv6.
    Named {
        /// A host name.
        host: String,
        /// 0 is any free one.
        port: u16,
    },
}

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must look like HOST:PORT, with a port from 0 to 65535";
        if let Ok(address) = text.parse() {
            return Ok(Self::One(address));
        }
        let (host, port) = text.rsplit_once(':').ok_or(WRONG)?;
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits).ok_or(WRONG)?;
        match host {
            "" | "*" => Ok(Self::Every { port }),
            "localhost" => Ok(Self::One((Ipv4Addr::LOCALHOST, port).into())),
            host if is_host_name(host) => Ok(Self::Named {
                host: host.into(),
                port,
            }),
            _ => Err("must have a host that is a name or an IP address ([::1]:8080 for IPv6)"),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every { port } => write!(formatter, ":{port}"),
            Self::One(address) => address.fmt(formatter),
            Self::Named { host, port } => write!(formatter, "{host}:{port}"),
        }
    }
}

/// A place to accept requests, and what those that arrive there are to the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Where.
    pub address: ListenAddress,
    /// The port of the gateways that is served there; `None` where clients of the mesh come in.
    pub gateway_port: Option<u16>,
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((port, address)) = text.split_once('=') else {
            return Ok(Self {
                address: text.parse()?,
                gateway_port: None,
            });
        };
        let port: u16 = port
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or("must have a port from 1 to 65535 before the `=`")?;
        Ok(Self {
            address: address.parse()?,
            gateway_port: Some(port),
        })
    }
}

/// Whether `host` may be a DNS name. Looking it up says whether it is one.
fn is_host_name(host: &str) -> bool {
    (1..=253).contains(&host.len())
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// The longest path of a Unix socket: `sun_path` has 108 bytes, the last of them zero.
const PATH_BYTES: usize = 107;

/// Where the admin pages are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminAddress {
    /// A loopback address.
    Tcp(SocketAddr),
    /// A socket in the file system that only the process's user may use.
    Unix(PathBuf),
}

impl AdminAddress {
    /// The path of the socket, if it is one in the file system.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Tcp(_) => None,
            Self::Unix(path) => Some(path),
        }
    }
}

impl FromStr for AdminAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path.len() {
                0 => Err("must name a path after unix:"),
                1..=PATH_BYTES if !path.contains('\0') => Ok(Self::Unix(path.into())),
                _ => Err("must have a path of at most 107 bytes"),
            };
        }
        match text.parse()? {
            ListenAddress::One(address) if is_loopback(address.ip()) => Ok(Self::Tcp(address)),
            _ => Err(
                "must be on loopback (127.0.0.1:PORT) or a Unix socket (unix:PATH): \
                      whoever reaches the admin pages sees the whole configuration",
            ),
        }
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

impl fmt::Display for AdminAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}
