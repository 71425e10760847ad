//! The service `delivery` as a program of its own.

fn main() -> std::process::ExitCode {
    runtime::command::main("delivery", &[delivery::SERVICE])
}
