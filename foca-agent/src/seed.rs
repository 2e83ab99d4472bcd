//! The members to join through: from text on the command line to addresses.

use std::net::{SocketAddr, ToSocketAddrs as _};

use crate::Failure;

/// A member to join through, as it was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Seed {
    Addr(SocketAddr),
    Name { host: String, port: u16 },
}

impl Seed {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let bad = |problem: &str| Failure::BadAddress {
            argument: "-a/--announce",
            text: text.to_owned(),
            problem: problem.to_owned(),
        };
        let seed = match text.parse() {
            Ok(addr) => Self::Addr(addr),
            Err(_) => {
                let (host, port) = text
                    .rsplit_once(':')
                    .filter(|(host, _)| !host.is_empty() && !host.contains([':', '[', ']', '/']))
                    .ok_or_else(|| {
                        bad("expected HOST:PORT, such as seed.example.org:8000 or [::1]:8000")
                    })?;
                Self::Name {
                    host: host.to_owned(),
                    port: port
                        .parse()
                        .map_err(|_| bad("the port must be a number up to 65535"))?,
                }
            }
        };
        match seed {
            Self::Addr(addr) if addr.ip().is_unspecified() => {
                Err(bad("nobody can be reached at that address"))
            }
            Self::Addr(addr) if addr.port() == 0 => Err(bad("nobody listens on port 0")),
            Self::Name { port: 0, .. } => Err(bad("nobody listens on port 0")),
            Self::Addr(_) | Self::Name { .. } => Ok(seed),
        }
    }

    /// Its addresses of the family of `bound`, at least one. Asks the resolver of the system, and
    /// waits for its answer.
    pub(crate) fn resolve(&self, bound: SocketAddr) -> Result<Vec<SocketAddr>, Failure> {
        let failure = |problem: String| Failure::Seed {
            seed: self.to_string(),
            problem,
        };
        let found: Vec<SocketAddr> = match self {
            Self::Addr(addr) => vec![*addr],
            Self::Name { host, port } => (host.as_str(), *port)
                .to_socket_addrs()
                .map_err(|error| failure(one_line(&error.to_string())))?
                .collect(),
        };
        let usable: Vec<SocketAddr> = found
            .iter()
            .copied()
            .filter(|addr| addr.is_ipv4() == bound.is_ipv4())
            .collect();
        if !usable.is_empty() {
            return Ok(usable);
        }
        let family = if bound.is_ipv4() { "IPv4" } else { "IPv6" };
        Err(failure(format!(
            "our socket is bound to {bound}, and that seed has no {family} address"
        )))
    }
}

impl std::fmt::Display for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Addr(addr) => addr.fmt(f),
            Self::Name { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);
    const V6: SocketAddr = SocketAddr::new(std::net::IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), 1);

    #[test]
    fn addresses_and_names_are_taken_in() {
        for text in [
            "127.0.0.1:8000",
            "[::1]:8000",
            "localhost:8000",
            "a.b-c.example:1",
        ] {
            assert_eq!(Seed::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_host_and_port_is_refused() {
        for text in [
            "",
            ":",
            ":8000",
            "localhost",
            "localhost:",
            "localhost:http",
            "localhost:0",
            "localhost:65536",
            "127.0.0.1",
            "127.0.0.1:0",
            "0.0.0.0:8000",
            "[::]:8000",
            "::1:8000",
            "[::1]",
            "udp://127.0.0.1:8000",
        ] {
            let failure = Seed::parse(text).expect_err(text);
            assert_eq!(failure.exit_code(), 3, "{text}");
        }
    }

    #[test]
    fn only_addresses_that_the_socket_can_send_to_are_used() {
        let seed = Seed::parse("127.0.0.1:8000").expect("an address");
        assert_eq!(
            seed.resolve(V4).expect("the same family"),
            ["127.0.0.1:8000".parse().expect("an address")]
        );
        let failure = seed.resolve(V6).expect_err("another family");
        assert_eq!(failure.exit_code(), 5);
        assert!(failure.to_string().contains("no IPv6 address"), "{failure}");
    }

    #[test]
    fn names_are_asked_for() {
        let seed = Seed::parse("localhost:8000").expect("a name");
        let found = seed.resolve(V4).expect("every host knows itself");
        assert!(
            found.contains(&"127.0.0.1:8000".parse().expect("an address")),
            "{found:?}"
        );
        assert!(found.iter().all(SocketAddr::is_ipv4), "{found:?}");
    }
}
