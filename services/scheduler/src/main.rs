//! The service `scheduler` as a program of its own.

fn main() -> std::process::ExitCode {
    runtime::command::main("scheduler", &[scheduler::SERVICE])
}
