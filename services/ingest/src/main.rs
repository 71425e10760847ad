//! The `ingest` service as a program of its own.

fn main() -> std::process::ExitCode {
    runtime::command::main("ingest", &[ingest::SERVICE])
}
