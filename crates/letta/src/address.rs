//! Where a server is: what a person types, made into base addresses that keep their path prefix. No network here.

use std::net::IpAddr;

use url::{Host, Url};

use crate::Error;

/// Letta's port where none is given.
const LETTA_PORT: u16 = 8283;

/// A server's base address: scheme, host, port and path prefix, ending with a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base(Url);

impl Base {
    /// Takes a whole address, scheme included. A pasted `/v1` at its end, query and fragment are cut.
    pub(crate) fn parse(address: &str) -> Result<Self, Error> {
        let bad = |why: &str| Error::Address { why: why.to_owned() };
        let mut url =
            Url::parse(address.trim()).map_err(|_| bad("This is no address. It looks like http://nas.lan:8283."))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("The address has to begin with http:// or https://."));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(bad("The address names no computer. It looks like http://nas.lan:8283."));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("The address holds a name or password. Write the password in its own field."));
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path).trim_end_matches('/');
        let path = format!("{path}/");
        url.set_path(&path);
        Ok(Self(url))
    }

    /// What a person typed, as the addresses to try in order. With a scheme: exactly that one. Without: https for public names,
    /// http for names and numbers of one's own network, there on Letta's port first.
    pub(crate) fn typed(typed: &str) -> Result<Vec<Self>, Error> {
        let typed: String = typed.trim().trim_matches(['"', '\'', '<', '>']).trim().to_owned();
        if typed.is_empty() {
            return Err(Error::Address { why: "The address is empty. It looks like http://nas.lan:8283.".to_owned() });
        }
        if typed.contains(char::is_whitespace) {
            return Err(Error::Address { why: "The address has a space in it.".to_owned() });
        }
        if typed.contains("://") {
            return Ok(vec![Self::parse(&typed)?]);
        }
        let plain = Self::parse(&format!("http://{typed}"))?;
        let secure = Self::parse(&format!("https://{typed}"))?;
        let on_letta_port = |base: &Self| {
            let mut url = base.0.clone();
            url.set_port(Some(LETTA_PORT)).ok().map(|()| Self(url))
        };
        // `url` drops a port that is the scheme's own: only both parses together tell whether one was typed.
        let port_typed = plain.0.port().is_some() || secure.0.port().is_some();
        if plain.host_is_public_name() {
            return Ok(vec![secure]);
        }
        if port_typed {
            return Ok(vec![plain, secure]);
        }
        Ok(on_letta_port(&plain).into_iter().chain([plain, secure]).collect())
    }

    /// The address of a path below the prefix, e.g. `v1/agents/`.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path()));
        url
    }

    /// Scheme, host, port and prefix without the last slash, as kept in a profile.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Host without brackets, for looking up.
    pub(crate) fn host(&self) -> String {
        self.0.host().map(|host| host.to_string().trim_matches(['[', ']']).to_owned()).unwrap_or_default()
    }

    /// The port that is meant, also where it is the scheme's own.
    pub(crate) fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(LETTA_PORT)
    }

    /// Host and port as a person knows them: the port only where it is not the scheme's own.
    pub(crate) fn label(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether it speaks https.
    pub(crate) fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether this is Letta Cloud.
    pub(crate) fn is_cloud(&self) -> bool {
        self.0.host_str().is_some_and(|host| host == "api.letta.com" || host.ends_with(".letta.com"))
    }

    /// Whether this computer or the user's own network is meant, where plain http is the custom.
    pub(crate) fn is_near(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => is_near_name(name),
            Some(Host::Ipv4(ip)) => is_near_ip(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => is_near_ip(IpAddr::V6(ip)),
            None => false,
        }
    }

    /// Whether the host is a number, so that no name has to be found.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.0.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
    }

    fn host_is_public_name(&self) -> bool {
        matches!(self.0.host(), Some(Host::Domain(name)) if !is_near_name(name))
    }
}

fn is_near_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    !name.contains('.')
        || [".localhost", ".local", ".lan", ".home", ".internal", ".home.arpa", ".test"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn is_near_ip(ip: IpAddr) -> bool {
    match ip {
        // 100.64.0.0/10 is what private overlay networks (Tailscale and others) number their computers with.
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<String> {
        Base::typed(text).unwrap().iter().map(|base| base.as_str().to_owned()).collect()
    }

    #[test]
    fn a_prefix_is_kept_and_a_pasted_v1_is_cut() {
        for address in
            ["https://host/letta", "https://host/letta/", "https://host/letta/v1", "https://host/letta/v1/?x=1#y"]
        {
            let base = Base::parse(address).unwrap();
            assert_eq!(base.as_str(), "https://host/letta");
            assert_eq!(base.at("v1/agents/").as_str(), "https://host/letta/v1/agents/");
        }
        assert_eq!(
            Base::parse("http://nas.lan:8283/v1/").unwrap().at("v1/health/").as_str(),
            "http://nas.lan:8283/v1/health/"
        );
    }

    #[test]
    fn the_scheme_is_guessed_by_whose_network_it_is() {
        assert_eq!(typed("letta.example.org"), ["https://letta.example.org"]);
        assert_eq!(typed("letta.example.org:8443/x/"), ["https://letta.example.org:8443/x"]);
        assert_eq!(typed(" localhost:8283/ \n"), ["http://localhost:8283", "https://localhost:8283"]);
        assert_eq!(typed("192.168.1.20"), ["http://192.168.1.20:8283", "http://192.168.1.20", "https://192.168.1.20"]);
        assert_eq!(typed("nas.lan:80"), ["http://nas.lan", "https://nas.lan:80"]);
        assert_eq!(typed("http://letta.example.org"), ["http://letta.example.org"]);
        assert_eq!(typed("[::1]:8283"), ["http://[::1]:8283", "https://[::1]:8283"]);
    }

    #[test]
    fn what_is_no_address_is_said() {
        for (address, word) in [
            ("", "empty"),
            ("   ", "empty"),
            ("nas lan", "space"),
            ("ftp://nas.lan", "http://"),
            ("http://", "no address"),
            ("http://me:secret@nas.lan", "own field"),
            ("http://nas.lan:99999", "no address"),
        ] {
            let error = Base::typed(address).unwrap_err();
            assert!(error.message().contains(word), "{address}: {error}");
        }
    }

    #[test]
    fn near_is_ones_own_network() {
        for near in [
            "http://localhost",
            "http://10.0.0.5",
            "http://nas",
            "http://nas.local",
            "http://[fe80::1]",
            "http://100.100.1.1",
        ] {
            assert!(Base::parse(near).unwrap().is_near(), "{near}");
        }
        for far in ["http://8.8.8.8", "http://letta.example.org", "http://[2001:db8::1]"] {
            assert!(!Base::parse(far).unwrap().is_near(), "{far}");
        }
    }
}
