//! The service `alerting` as a program of its own.

fn main() -> std::process::ExitCode {
    runtime::command::main("alerting", &[alerting::SERVICE])
}
