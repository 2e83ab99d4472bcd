//! Where to bind, and under which address the cluster knows us.

use std::net::{IpAddr, SocketAddr};

use crate::Failure;

/// Takes in an address that must be numeric: nothing is looked up for our own.
pub(crate) fn parse(argument: &'static str, text: &str) -> Result<SocketAddr, Failure> {
    text.parse().map_err(|_| Failure::BadAddress {
        argument,
        text: text.to_owned(),
        problem: "expected IP:PORT, such as 127.0.0.1:8000 or [::1]:8000".to_owned(),
    })
}

/// The address that other members are told, for a socket bound to `bound`.
///
/// # Errors
///
/// If members cannot send there, or our socket cannot belong to it.
pub(crate) fn advertised(
    bound: SocketAddr,
    identity: Option<SocketAddr>,
) -> Result<SocketAddr, Failure> {
    let mut addr = identity.unwrap_or(bound);
    if addr.port() == 0 {
        addr.set_port(bound.port());
    }
    let hint = match identity {
        None => "say with -i/--identity under which address they reach this one",
        Some(_) => "give -i/--identity an address of this host that they reach",
    };
    if let Some(problem) = unusable(addr.ip()) {
        return Err(Failure::Identity(format!(
            "other members cannot send to {addr}, {problem}: {hint}"
        )));
    }
    if addr.is_ipv4() != bound.is_ipv4() {
        return Err(Failure::Identity(format!(
            "a socket bound to {bound} does not receive what is sent to {addr}: \
             BIND_ADDR and -i/--identity must both be IPv4 or both IPv6"
        )));
    }
    Ok(addr)
}

/// Why no other host can send to a single host by this address.
fn unusable(ip: IpAddr) -> Option<&'static str> {
    if ip.is_unspecified() {
        return Some("which stands for every address of a host");
    }
    if ip.is_multicast() {
        return Some("a multicast address");
    }
    match ip {
        IpAddr::V4(v4) if v4.is_broadcast() => Some("a broadcast address"),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => {
            Some("a link-local address, which means something else on every link")
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn told(bound: &str, identity: Option<&str>) -> Result<SocketAddr, String> {
        advertised(addr(bound), identity.map(addr)).map_err(|failure| {
            assert_eq!(failure.exit_code(), 6);
            failure.to_string()
        })
    }

    #[test]
    fn it_is_the_bound_address_unless_said_otherwise() {
        assert_eq!(told("127.0.0.1:8000", None), Ok(addr("127.0.0.1:8000")));
        assert_eq!(
            told("0.0.0.0:8000", Some("192.0.2.7:9000")),
            Ok(addr("192.0.2.7:9000"))
        );
        assert_eq!(
            told("[::]:8000", Some("[2001:db8::1]:0")),
            Ok(addr("[2001:db8::1]:8000"))
        );
    }

    #[test]
    fn what_nobody_can_send_to_is_refused_with_a_hint() {
        for (bound, identity) in [
            ("0.0.0.0:8000", None),
            ("[::]:8000", None),
            ("127.0.0.1:8000", Some("0.0.0.0:8000")),
            ("127.0.0.1:8000", Some("224.0.0.1:8000")),
            ("127.0.0.1:8000", Some("255.255.255.255:8000")),
            ("[::1]:8000", Some("[fe80::1]:8000")),
            ("[::1]:8000", Some("[ff02::1]:8000")),
        ] {
            let problem = told(bound, identity).expect_err(bound);
            assert!(problem.contains("-i/--identity"), "{problem}");
        }
    }

    #[test]
    fn both_addresses_are_of_one_family() {
        assert!(told("127.0.0.1:8000", Some("[2001:db8::1]:8000")).is_err());
        assert!(told("[::1]:8000", Some("192.0.2.7:8000")).is_err());
    }
}
