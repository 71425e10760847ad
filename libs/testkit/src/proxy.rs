use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A line between a client and a server that can fail on demand. Ends with its last clone.
#[derive(Debug, Clone)]
pub struct Proxy {
    addr: SocketAddr,
    line: Arc<Line>,
}

#[derive(Debug)]
struct Line {
    state: watch::Sender<State>,
    trap: Mutex<Option<Vec<u8>>>,
    /// How many answers were lost in the trap.
    lost: watch::Sender<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// Raised by every cut; a connection ends when it differs from that of its beginning.
    generation: u64,
    /// Nothing passes, but connections stay open.
    held: bool,
    /// New connections are closed at once.
    refused: bool,
}

impl Proxy {
    /// Opens a line to a server.
    pub async fn to(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        let (state, _) = watch::channel(State { generation: 0, held: false, refused: false });
        let (lost, _) = watch::channel(0);
        let line = Arc::new(Line { state, trap: Mutex::new(None), lost });
        tokio::spawn(accept(listener, server, Arc::downgrade(&line)));
        Ok(Self { addr, line })
    }

    /// Where clients connect.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends all connections at once; new ones are let through.
    pub fn cut(&self) {
        self.line.state.send_modify(|state| state.generation += 1);
    }

    /// Ends all connections and refuses new ones until [`Proxy::release`].
    pub fn refuse(&self) {
        self.line.state.send_modify(|state| {
            state.generation += 1;
            state.refused = true;
        });
    }

    /// Lets nothing through in either direction, without ending anything, until [`Proxy::release`].
    pub fn hold(&self) {
        self.line.state.send_modify(|state| state.held = true);
    }

    /// Ends holding and refusing; what was held passes.
    pub fn release(&self) {
        self.line.state.send_modify(|state| {
            state.held = false;
            state.refused = false;
        });
    }

    /// Once: when a client next sends these bytes, they reach the server, the server's answer is dropped, and the
    /// connection ends. With `b"COMMIT"` the client cannot know whether its transaction was committed; it was.
    pub fn lose_next_answer_to(&self, bytes: &[u8]) {
        *self.line.trap.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes.to_vec());
    }

    /// Waits until so many answers were lost.
    pub async fn lost(&self, answers: u64) {
        let mut lost = self.line.lost.subscribe();
        let _ = lost.wait_for(|count| *count >= answers).await;
    }
}

impl Line {
    /// Takes the trap if what was sent springs it.
    fn springs(&self, sent: &[u8]) -> bool {
        let mut trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        let sprung =
            trap.as_ref().is_some_and(|bytes| sent.windows(bytes.len()).any(|window| window == bytes));
        if sprung {
            *trap = None;
        }
        sprung
    }

    /// As many bytes of what was sent must be remembered, for a pattern that arrives in two pieces.
    fn memory(&self) -> usize {
        let trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        trap.as_ref().map_or(0, |bytes| bytes.len().saturating_sub(1))
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, line: std::sync::Weak<Line>) {
    while let Ok((client, _)) = listener.accept().await {
        let Some(line) = line.upgrade() else { return };
        if !line.state.borrow().refused {
            tokio::spawn(connect(client, server, line));
        }
    }
}

async fn connect(client: TcpStream, server: SocketAddr, line: Arc<Line>) {
    let mut state = line.state.subscribe();
    let born = state.borrow().generation;
    let Ok(server) = TcpStream::connect(server).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (sprung, trapped) = watch::channel(false);
    tokio::select! {
        _ = state.wait_for(|state| state.generation != born) => {}
        _ = requests(from_client, to_server, &line, sprung) => {}
        _ = answers(from_server, to_client, &line, trapped) => {}
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    line: &Line,
    sprung: watch::Sender<bool>,
) -> std::io::Result<()> {
    let mut state = line.state.subscribe();
    let mut buffer = vec![0; 64 * 1024];
    let mut recent = Vec::new();
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let _ = state.wait_for(|state| !state.held).await;
        recent.extend_from_slice(&buffer[..count]);
        if line.springs(&recent) {
            // Before the server can answer.
            let _ = sprung.send(true);
        }
        recent.drain(..recent.len().saturating_sub(line.memory()));
        to.write_all(&buffer[..count]).await?;
    }
}

async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    line: &Line,
    trapped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut state = line.state.subscribe();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let _ = state.wait_for(|state| !state.held).await;
        if *trapped.borrow() {
            line.lost.send_modify(|lost| *lost += 1);
            return Ok(());
        }
        to.write_all(&buffer[..count]).await?;
    }
}
