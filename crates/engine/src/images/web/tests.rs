//! Fetching over a real connection, from a server on this computer that only here counts as the open internet.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Mutex,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

use super::*;
use crate::images::load::fetch;

/// What a server answers, by path.
type Pages = fn(&str, u16) -> Vec<u8>;

/// A server that notes what it is asked.
struct Server {
    web: OpenWeb,
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Names as the stories need them: one leads to the server, one into a network at home, none anywhere else.
struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let at = |address: Ipv4Addr| SocketAddr::from((address, 0));
        let found = match name.as_str() {
            "pictures.test" => Ok(Box::new(std::iter::once(at(Ipv4Addr::LOCALHOST))) as Addrs),
            "router.test" => only_open([at(Ipv4Addr::new(192, 168, 0, 1)), at(Ipv4Addr::LOCALHOST)].into_iter()),
            _ => only_open(std::iter::empty()),
        };
        Box::pin(async move { Ok(found?) })
    }
}

impl Server {
    async fn new(pages: Pages) -> Self {
        let made = rcgen::generate_simple_self_signed(["pictures.test".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    noted.lock().unwrap().push("no handshake".to_owned());
                    continue;
                };
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read_exact(&mut byte).await.is_err() {
                        break;
                    }
                    request.push(byte[0]);
                }
                let request = String::from_utf8(request).unwrap();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                noted.lock().unwrap().push(request);
                // Whoever has enough hangs up.
                let _ = stream.write_all(&pages(&path, port)).await;
                let _ = stream.shutdown().await;
            }
        });
        let root = reqwest::Certificate::from_der(&certificate).unwrap();
        let web = OpenWeb::through(Arc::new(Names), |builder| builder.tls_certs_only([root]));
        Self { web, port, asked }
    }

    async fn fetch(&self, path: &str) -> Result<Vec<u8>, String> {
        fetch(&self.web, &format!("https://pictures.test:{}{path}", self.port)).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes(), body].concat()
}

fn sent_to(place: &str) -> Vec<u8> {
    answer(&format!("302 Found\r\nSet-Cookie: seen=1\r\nContent-Length: 0\r\nLocation: {place}"), b"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_fetched_and_nothing_is_told_of_who_wants_it() {
    let server = Server::new(|path, _| match path {
        "/a.png?q=1" => sent_to("/b.png"),
        _ => answer("200 OK\r\nContent-Length: 5", b"bytes"),
    })
    .await;
    assert_eq!(server.fetch("/a.png?q=1#part").await.unwrap(), b"bytes");
    let asked = server.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for request in asked {
        let names: Vec<String> = request
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        assert!(names.iter().all(|name| ["accept", "host"].contains(&name.as_str())), "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hop_leads_to_this_computer_or_the_network_around_it() {
    let server = Server::new(|path, port| match path {
        "/number" => sent_to(&format!("https://127.0.0.1:{port}/secret")),
        "/mapped" => sent_to(&format!("https://[::ffff:127.0.0.1]:{port}/secret")),
        "/odd" => sent_to(&format!("https://0x7f.1:{port}/secret")),
        "/name" => sent_to(&format!("https://router.test:{port}/secret")),
        "/plain" => sent_to(&format!("http://pictures.test:{port}/secret")),
        "/file" => sent_to("file:///etc/passwd"),
        "/user" => sent_to(&format!("https://a:b@pictures.test:{port}/secret")),
        "/round" => sent_to("/round"),
        _ => answer("200 OK", b"secret"),
    })
    .await;
    for (path, why) in [
        ("/number", NOT_OPEN),
        ("/mapped", NOT_OPEN),
        ("/odd", NOT_OPEN),
        ("/name", NOT_OPEN),
        ("/plain", "Only https addresses are loaded."),
        ("/file", "Only https addresses are loaded."),
        ("/user", "Its address has a user name in it."),
        ("/round", "The server sends from place to place."),
    ] {
        assert_eq!(server.fetch(path).await.unwrap_err(), why, "{path}");
    }
    assert!(server.asked().iter().all(|request| !request.contains("/secret")), "{:?}", server.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_refused_whether_it_is_announced_or_not() {
    let server = Server::new(|path, _| match path {
        "/announced" => answer("200 OK\r\nContent-Length: 10000001", b""),
        "/endless" => answer("200 OK", &vec![0; 10_500_000]),
        "/all" => answer("200 OK", &vec![0; 10_000_000]),
        "/gone" => answer("404 Not Found", b"<html>"),
        _ => b"nonsense".to_vec(),
    })
    .await;
    assert_eq!(server.fetch("/announced").await.unwrap_err(), "It has more than 10 MB.");
    assert_eq!(server.fetch("/endless").await.unwrap_err(), "It has more than 10 MB.");
    assert_eq!(server.fetch("/all").await.unwrap().len(), 10_000_000);
    assert_eq!(server.fetch("/gone").await.unwrap_err(), "The server answered 404.");
    assert!(server.fetch("/nonsense").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_s_certificate_is_not_believed() {
    let server = Server::new(|_, _| answer("200 OK", b"bytes")).await;
    let doubting = OpenWeb::through(Arc::new(Names), |builder| builder);
    let refused = fetch(&doubting, &format!("https://pictures.test:{}/a.png", server.port)).await.unwrap_err();
    assert_eq!(refused, "The server was not reached.");
    // The server may learn of it a moment after us.
    while server.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.asked(), ["no handshake"]);
}

/// A server that never answers.
struct Silence;

impl Web for Silence {
    fn get<'a>(&'a self, _: &'a Url) -> BoxFuture<'a, Result<Fetched, String>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let began = tokio::time::Instant::now();
    let refused = fetch(&Silence, "https://pictures.test/a.png").await.unwrap_err();
    assert_eq!(refused, "The server took longer than 5 s.");
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}
