//! A line between the app and a server that can be cut: at once, after so many bytes of a stream, or again and again. It knows nothing of
//! Letta but which requests stream; what the server does goes on behind it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Never.
const NEVER: usize = usize::MAX;

/// A line that can be cut. Ends with its runtime.
pub struct Proxy {
    address: SocketAddr,
    line: Arc<Line>,
}

struct Line {
    to: String,
    /// Counts up at each cut: connections of before break.
    cuts: watch::Sender<usize>,
    /// Bytes of answers that stream, from their heads on, after which the line breaks; once.
    after: AtomicUsize,
    /// How often the line broke within an answer that streams.
    torn: AtomicUsize,
}

impl Proxy {
    /// A line to a server, given as `http://host:port`.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Line {
            to: server.trim_start_matches("http://").to_owned(),
            cuts: watch::Sender::new(0),
            after: AtomicUsize::new(NEVER),
            torn: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&line);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&shared).carry(client));
            }
        });
        Self { address, line }
    }

    /// Its own address.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks every connection now.
    pub fn cut(&self) {
        self.line.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Breaks every connection this often until it is dropped.
    pub fn cut_every(&self, time: Duration) -> tokio::task::JoinHandle<()> {
        let line = Arc::clone(&self.line);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(time).await;
                line.cuts.send_modify(|cuts| *cuts += 1);
            }
        })
    }

    /// Breaks the next answer that streams after so many of its bytes, once.
    pub fn cut_after(&self, bytes: usize) {
        self.line.after.store(bytes, Ordering::SeqCst);
    }

    /// How often the line broke within an answer that streams.
    pub fn torn(&self) -> usize {
        self.line.torn.load(Ordering::SeqCst)
    }
}

impl Line {
    async fn carry(self: Arc<Self>, mut client: TcpStream) {
        let mut cuts = self.cuts.subscribe();
        cuts.mark_unchanged();
        let Ok(mut server) = TcpStream::connect(&self.to).await else { return };
        let (mut up, mut down) = (vec![0; 16 << 10], vec![0; 16 << 10]);
        // Bytes of the answer that streams over this connection.
        let mut streamed: Option<usize> = None;
        loop {
            tokio::select! {
                read = client.read(&mut up) => {
                    let Ok(bytes @ 1..) = read else { return };
                    if streams(&up[..bytes]) {
                        streamed = Some(0);
                    }
                    if server.write_all(&up[..bytes]).await.is_err() {
                        return;
                    }
                }
                read = server.read(&mut down) => {
                    let Ok(bytes @ 1..) = read else { return };
                    let mut sent = bytes;
                    if let Some(streamed) = &mut streamed {
                        let after = self.after.load(Ordering::SeqCst);
                        if *streamed + bytes >= after {
                            sent = after.saturating_sub(*streamed).min(bytes);
                            self.after.store(NEVER, Ordering::SeqCst);
                            self.torn.fetch_add(1, Ordering::SeqCst);
                            let _ = client.write_all(&down[..sent]).await;
                            return;
                        }
                        *streamed += bytes;
                    }
                    if client.write_all(&down[..sent]).await.is_err() {
                        return;
                    }
                }
                _ = cuts.changed() => {
                    if streamed.is_some() {
                        self.torn.fetch_add(1, Ordering::SeqCst);
                    }
                    return;
                }
            }
        }
    }
}

/// Whether a request's head asks for a stream.
fn streams(request: &[u8]) -> bool {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    line.starts_with(b"POST ") && String::from_utf8_lossy(line).contains("/stream ")
}
