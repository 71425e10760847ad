//! Which addresses a channel's files may come from, and which of them are shown its key.

use std::net::IpAddr;

use reqwest::Url;

use super::MediaTrouble;

/// The hosts of one provider. `base` is where the channel's account is; it is one of them.
#[derive(Clone, Copy, Debug)]
pub struct Hosts<'a> {
    /// The account's own server.
    pub base: &'a Url,
    /// Whether that server is in a private network, as development and self-hosted servers are.
    pub private: bool,
    /// Domains that are shown the key, with everything below them.
    pub keyed: &'a [&'a str],
    /// Domains that hand files out without it.
    pub open: &'a [&'a str],
}

impl Hosts<'_> {
    /// Refuses what is none of the provider's.
    pub fn permit(&self, url: &Url) -> Result<(), MediaTrouble> {
        let elsewhere = || MediaTrouble::Elsewhere(url.host_str().unwrap_or("no host").to_owned());
        if !url.username().is_empty() || url.password().is_some() {
            return Err(elsewhere());
        }
        if same_origin(url, self.base) || is_below(url, self.keyed) || is_below(url, self.open) {
            return Ok(());
        }
        // Another name of a private server, as simulators and servers behind a gateway have them: same port, same scheme.
        let beside = self.private
            && url.scheme() == self.base.scheme()
            && url.port_or_known_default() == self.base.port_or_known_default()
            && (url.host_str() == Some("localhost") || host_ip(url).is_some_and(|ip| !is_public(ip)));
        if beside { Ok(()) } else { Err(elsewhere()) }
    }

    /// Whether the key belongs there.
    pub fn is_shown_the_key(&self, url: &Url) -> bool {
        same_origin(url, self.base) || is_below(url, self.keyed)
    }
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// Encrypted, at the usual port, at one of the domains or below it.
fn is_below(url: &Url, domains: &[&str]) -> bool {
    let Some(host) = url.domain() else { return false };
    url.scheme() == "https"
        && url.port().is_none()
        && domains.iter().any(|domain| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
}

/// Whether an address is one of the open internet's.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_multicast()
                || ip.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, e, f, g, h] = ip.segments();
            if let Some(inner) = ip.to_ipv4_mapped() {
                return is_public(inner.into());
            }
            // NAT64 and 6to4 carry an address of the older kind.
            if (a, b, c, d, e, f) == (0x64, 0xff9b, 0, 0, 0, 0) {
                return is_public(older(g, h));
            }
            if a == 0x2002 {
                return is_public(older(b, c));
            }
            // What is given out for the internet is 2000::/3; of that, 2001:db8::/32 is for documents.
            (a & 0xe000) == 0x2000 && (a, b) != (0x2001, 0x0db8)
        }
    }
}

fn older(high: u16, low: u16) -> IpAddr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    IpAddr::from([a, b, c, d])
}

/// The address that stands where a name could; `None`: there is a name.
pub fn host_ip(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(base: &str, private: bool, url: &str) -> (bool, bool) {
        let (base, url): (Url, Url) = (base.parse().unwrap(), url.parse().unwrap());
        let hosts = Hosts { base: &base, private, keyed: &["twilio.com"], open: &["twiliocdn.com"] };
        (hosts.permit(&url).is_ok(), hosts.is_shown_the_key(&url))
    }

    #[test]
    fn only_hosts_of_the_provider_are_called_and_only_its_own_see_the_key() {
        let base = "https://api.twilio.com";
        for (url, expected) in [
            ("https://api.twilio.com/x", (true, true)),
            ("https://api.dublin.ie1.twilio.com/x", (true, true)),
            ("https://media.twiliocdn.com/x", (true, false)),
            ("http://api.twilio.com/x", (false, false)),
            ("https://api.twilio.com:8443/x", (false, false)),
            ("https://eviltwilio.com/x", (false, false)),
            ("https://twilio.com.evil.example/x", (false, false)),
            ("https://user:pass@api.twilio.com/x", (false, true)),
            ("https://169.254.169.254/latest", (false, false)),
            ("http://localhost/x", (false, false)),
        ] {
            assert_eq!(permitted(base, false, url), expected, "{url}");
        }
    }

    #[test]
    fn a_private_server_may_send_on_to_its_own_port_and_nowhere_else() {
        let base = "http://127.0.0.1:8090";
        for (url, expected) in [
            ("http://127.0.0.1:8090/x", (true, true)),
            ("http://localhost:8090/x", (true, false)),
            ("http://[::1]:8090/x", (true, false)),
            ("http://127.0.0.1:5432/x", (false, false)),
            ("http://169.254.169.254/latest", (false, false)),
            ("http://8.8.8.8:8090/x", (false, false)),
            ("http://inside:8090/x", (false, false)),
        ] {
            assert_eq!(permitted(base, true, url), expected, "{url}");
        }
    }

    #[test]
    fn addresses_of_networks_are_not_the_internets() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["8.8.8.8", "1.1.1.1", "2606:4700::1", "64:ff9b::808:808", "::ffff:8.8.8.8"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }
}
