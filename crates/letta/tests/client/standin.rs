//! Small servers to talk to: plain, secure with a self-signed certificate, or scripted to the byte; each keeps what it was asked.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use letta::Client;
use secrecy::SecretString;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// With its query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A server that ends with the test's runtime.
pub struct StandIn {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl StandIn {
    /// Serves these routes and keeps each request.
    pub async fn serving(routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let routes = routes.layer(middleware::from_fn_with_state(asked.clone(), keep));
        tokio::spawn(async { axum::serve(listener, routes).await });
        Self { address, asked }
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn client(&self) -> Client {
        Client::new(&self.base(), Some(SecretString::from("sk-secret-1234"))).unwrap()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn keep(State(asked): State<Arc<Mutex<Vec<Asked>>>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes: Bytes = axum::body::to_bytes(body, 1 << 26).await.unwrap();
    asked.lock().unwrap().push(Asked {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers.clone(),
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    });
    next.run(Request::from_parts(parts, bytes.into())).await
}

/// A body with a status, as JSON.
pub fn json(status: u16, body: impl Into<String>) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body.into()).into_response()
}

/// A stream of events, whole at once.
pub fn events(body: &'static str) -> Response {
    ([("content-type", "text/event-stream; charset=utf-8")], body).into_response()
}

/// Answers every connection with these bytes after the first bytes of a request, and hangs up.
pub async fn raw(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(answer).await;
        }
    });
    address
}

/// A server that speaks TLS with a certificate for these names that nobody else has signed.
pub async fn secure(names: &[&str], answer: &'static str) -> SocketAddr {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let names = names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let parameters = rcgen::CertificateParams::new(names).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let one = move |socket: TcpStream| {
        let acceptor = acceptor.clone();
        async move {
            let mut first = [0; 1];
            // Plain HTTP on a secure port gets what nginx says.
            if socket.peek(&mut first).await.is_ok() && first[0] != 0x16 {
                let mut socket = socket;
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket
                    .write_all(
                        b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n\
                        <html><center>The plain HTTP request was sent to HTTPS port</center></html>",
                    )
                    .await;
                return;
            }
            let Ok(mut socket) = acceptor.accept(socket).await else { return };
            let _ = socket.read(&mut [0; 4096]).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                answer.len()
            );
            let _ = socket.write_all(format!("{head}{answer}").as_bytes()).await;
        }
    };
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(one(socket));
        }
    });
    address
}
