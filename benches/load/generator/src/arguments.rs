//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

/// What to do.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// Where to connect.
    pub(crate) target: SocketAddr,
    /// How many keep-alive connections.
    pub(crate) connections: usize,
    /// Load before the measured window.
    pub(crate) warm_up: Duration,
    /// The measured window.
    pub(crate) duration: Duration,
    /// Requests per second of an open loop; 0 for a closed loop.
    pub(crate) rate: f64,
    /// The request, byte for byte.
    pub(crate) request: Vec<u8>,
    /// The status every response must have.
    pub(crate) status: u16,
    /// The content every response must have; any where it is `None`.
    pub(crate) body: Option<Vec<u8>>,
    /// Processes whose use of the CPU is reported.
    pub(crate) watch: Vec<u32>,
}

const USAGE: &str = "usage: load-generator --target ADDRESS:PORT [--connections 16] [--warm-up SECONDS] \
[--seconds SECONDS] [--rate REQUESTS_PER_SECOND] [--path /] [--header 'name: value']… [--status 200] \
[--body TEXT | --body-file FILE] [--watch PID,…]";

impl Arguments {
    /// Reads the command line without the program's own name.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            target: SocketAddr::from(([127, 0, 0, 1], 0)),
            connections: 16,
            warm_up: Duration::from_secs(1),
            duration: Duration::from_secs(5),
            rate: 0.0,
            request: Vec::new(),
            status: 200,
            body: None,
            watch: Vec::new(),
        };
        let mut path = "/".to_owned();
        let mut headers = String::new();
        while let Some(flag) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| format!("{flag} needs a value\n{USAGE}"))?;
            match flag.as_str() {
                "--target" => arguments.target = number(&flag, &value)?,
                "--connections" => arguments.connections = number(&flag, &value)?,
                "--warm-up" => arguments.warm_up = seconds(&flag, &value)?,
                "--seconds" => arguments.duration = seconds(&flag, &value)?,
                "--rate" => arguments.rate = number(&flag, &value)?,
                "--path" => path = value,
                "--header" => headers.extend([value.as_str(), "\r\n"]),
                "--status" => arguments.status = number(&flag, &value)?,
                "--body" => arguments.body = Some(value.into_bytes()),
                "--body-file" => {
                    let bytes = std::fs::read(&value);
                    arguments.body = Some(bytes.map_err(|error| format!("{value}: {error}"))?);
                }
                "--watch" => {
                    let pids = value.split(',').filter(|pid| !pid.is_empty());
                    arguments.watch = pids
                        .map(|pid| number(&flag, pid))
                        .collect::<Result<_, _>>()?;
                }
                _ => return Err(format!("unknown flag {flag}\n{USAGE}")),
            }
        }
        if arguments.target.port() == 0 || arguments.connections == 0 {
            return Err(USAGE.to_owned());
        }
        let host = arguments.target;
        let head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n");
        arguments.request = head.into_bytes();
        Ok(arguments)
    }
}

fn number<T: std::str::FromStr>(flag: &str, value: &str) -> Result<T, String> {
    let parsed = value.parse();
    parsed.map_err(|_| format!("{flag} does not take {value:?}\n{USAGE}"))
}

fn seconds(flag: &str, value: &str) -> Result<Duration, String> {
    let seconds = number(flag, value)?;
    Duration::try_from_secs_f64(seconds).map_err(|error| format!("{flag} {value}: {error}"))
}
