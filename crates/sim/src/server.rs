//! The listener on 127.0.0.1, in a thread and a runtime of its own, so that it lives the same from a test, a program with a runtime
//! and one without. Can go away and come back on the same port; runs go on meanwhile.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    thread::JoinHandle,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    runtime,
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use crate::Error;

/// What the thread is told.
#[derive(Debug)]
enum Order {
    /// Stop listening and break every connection.
    Away(oneshot::Sender<()>),
    /// Listen again.
    Back(TcpListener, oneshot::Sender<()>),
    /// Break every connection and go on listening.
    HangUp(oneshot::Sender<()>),
}

/// A running listener; dropping it ends it, its connections and its runs.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    orders: Option<mpsc::UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds a port on loopback, 0 for a free one, and serves.
    pub(crate) fn start(port: u16, router: impl FnOnce() -> Router + Send + 'static) -> Result<Self, Error> {
        let listener = bind(port)?;
        let address = listener.local_addr().map_err(Error::Bind)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let (orders, received) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("sim".to_owned())
            .spawn(move || {
                runtime.block_on(serve(Some(listener), received, router()));
                // Runs that nobody waits for end here.
                runtime.shutdown_background();
            })
            .map_err(Error::Thread)?;
        Ok(Self { address, orders: Some(orders), thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn go_away(&self) {
        self.order(Order::Away);
    }

    pub(crate) fn come_back(&self) -> Result<(), Error> {
        let listener = bind(self.address.port())?;
        self.order(|done| Order::Back(listener, done));
        Ok(())
    }

    pub(crate) fn hang_up(&self) {
        self.order(Order::HangUp);
    }

    /// Gives an order and waits until it is carried out. The wait is on another thread's work that never waits for ours.
    fn order(&self, order: impl FnOnce(oneshot::Sender<()>) -> Order) {
        let (done, mut carried_out) = oneshot::channel();
        let sent = self.orders.as_ref().is_some_and(|orders| orders.send(order(done)).is_ok());
        while sent && matches!(carried_out.try_recv(), Err(oneshot::error::TryRecvError::Empty)) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the stand-in server's thread had failed");
        }
    }
}

fn bind(port: u16) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(Error::Bind)?;
    listener.set_nonblocking(true).map_err(Error::Bind)?;
    Ok(listener)
}

async fn serve(listener: Option<TcpListener>, mut orders: mpsc::UnboundedReceiver<Order>, router: Router) {
    let mut listener = listener.and_then(listen);
    let mut connections = JoinSet::new();
    loop {
        let order = tokio::select! {
            order = orders.recv() => order,
            stream = accept(listener.as_ref()) => {
                match stream {
                    Ok(stream) => {
                        connections.spawn(connection(stream, router.clone()));
                    }
                    // Too many open files and the like: not worth a spin.
                    Err(problem) => {
                        tracing::warn!(%problem, "a connection was not accepted");
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    }
                }
                while connections.try_join_next().is_some() {}
                continue;
            }
        };
        match order {
            None => break,
            Some(Order::Away(done)) => {
                listener = None;
                connections.shutdown().await;
                tell(done);
            }
            Some(Order::Back(again, done)) => {
                listener = listen(again);
                tell(done);
            }
            Some(Order::HangUp(done)) => {
                connections.shutdown().await;
                tell(done);
            }
        }
    }
    connections.shutdown().await;
}

fn tell(done: oneshot::Sender<()>) {
    if done.send(()).is_err() {
        tracing::debug!("nobody waits for the order");
    }
}

fn listen(listener: TcpListener) -> Option<tokio::net::TcpListener> {
    tokio::net::TcpListener::from_std(listener).inspect_err(|problem| tracing::error!(%problem, "cannot listen")).ok()
}

async fn accept(listener: Option<&tokio::net::TcpListener>) -> io::Result<tokio::net::TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

/// One connection until either side has enough. That a client leaves in the middle is its right, and no event.
async fn connection(stream: tokio::net::TcpStream, router: Router) {
    if let Err(problem) = stream.set_nodelay(true) {
        tracing::debug!(%problem, "tokens may come in lumps");
    }
    let service = TowerToHyperService::new(router);
    let served = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    if let Err(problem) = served {
        tracing::debug!(%problem, "a connection ended early");
    }
}
