//! Accepts connections and answers their requests, one after the other per connection.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::framing::{self, Framing};
use super::{Reply, Request, wire};

/// Answers requests.
pub trait Service: Send + Sync + 'static {
    /// Answers one request. A caller that leaves does not stop it.
    fn answer(self: Arc<Self>, request: Request) -> impl Future<Output = Reply> + Send;
}

/// A running server; it stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    stop: CancellationToken,
}

impl Server {
    /// Binds `listen` (port 0: any free one) and serves `service` from then on.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start<S: Service>(listen: SocketAddr, service: Arc<S>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        Self::serve(listener, service)
    }

    /// Serves on a listener that is bound already.
    ///
    /// # Errors
    /// When the listener cannot tell its address.
    pub fn serve<S: Service>(listener: TcpListener, service: Arc<S>) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(accept(listener, service, stop.clone())));
        Ok(Self { addr, stop })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Closes the listener and every connection.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept<S: Service>(listener: TcpListener, service: Arc<S>, stop: CancellationToken) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let serving = serve_connection(stream, service.clone());
                tokio::spawn(stop.clone().run_until_cancelled_owned(serving));
            }
            // Out of file descriptors, mostly: connections that end make room again.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// A connection that fails concerns only its caller, who notices by himself.
async fn serve_connection<S: Service>(mut stream: TcpStream, service: Arc<S>) {
    let mut buffer = BytesMut::with_capacity(4096);
    let _ = stream.set_nodelay(true);
    while let Ok(true) = serve_request(&mut stream, &mut buffer, &service).await {}
}

async fn serve_request<S: Service>(
    stream: &mut TcpStream,
    buffer: &mut BytesMut,
    service: &Arc<S>,
) -> io::Result<bool> {
    let head = match framing::read_head(stream, buffer, framing::request_head).await {
        Ok(Some(head)) => head,
        Ok(None) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let refusal = Reply::new(400, "text/plain", format!("{error}\n"));
            return wire::send(stream, &refusal, false).await;
        }
        Err(error) => return Err(error),
    };
    if head.expects_continue && head.framing != Framing::Length(0) {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let body = framing::read_body(stream, buffer, head.framing).await?;
    let (method, target) = head.first_line;
    let request = Request { method, target, head: head.bytes, body };
    let reply = service.clone().answer(request).await;
    wire::send(stream, &reply, head.keep_alive).await
}
