//! The service `conversation` as a program of its own.

fn main() -> std::process::ExitCode {
    runtime::command::main("conversation", &[conversation::SERVICE])
}
