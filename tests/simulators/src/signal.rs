//! When a simulator's program ends.

/// Returns when the process is asked to end, by Ctrl-C or SIGTERM.
///
/// # Errors
/// When the signals cannot be listened to.
pub async fn until_stopped() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked,
        _ = terminate.recv() => Ok(()),
    }
}
