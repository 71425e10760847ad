//! The command line. Parsed by hand: a parser crate would be most of what a fresh machine compiles before the first
//! line of progress.

use anyhow::{Context as _, bail};

use crate::checkout::Profile;
use crate::{dev, soak, test};

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Print this text.
    Help(String),
    /// Run everything on this machine and play a conversation.
    Dev(dev::Options),
    /// Everything CI runs.
    Test(test::Options),
    /// Refresh `.sqlx`.
    Sqlx,
    /// Download the servers and tools.
    Tools,
    /// Measure.
    Bench(Vec<String>),
    /// The tests and storms, round after round.
    Soak(soak::Options),
}

const OVERVIEW: &str = "\
cargo xtask <task>

  dev     run Frontdesk on this machine and watch one conversation; stays up until Ctrl-C
  test    everything CI runs, each step with its time
  sqlx    refresh .sqlx from a freshly migrated database
  tools   download NATS, PostgreSQL, buf and grpcurl into .frontdesk/tools
  bench   measure with release builds against private servers
  soak    the tests with real servers, and storms of thousands of messages, round after round

`cargo xtask <task> --help` tells more.";

/// Parses the arguments after `cargo xtask`.
pub fn parse(arguments: impl Iterator<Item = String>) -> anyhow::Result<Command> {
    let mut arguments = arguments.peekable();
    let Some(task) = arguments.next() else { return Ok(Command::Help(OVERVIEW.to_owned())) };
    let rest: Vec<String> = arguments.collect();
    let help = rest.iter().any(|word| word == "--help" || word == "-h");
    match task.as_str() {
        "help" | "--help" | "-h" => Ok(Command::Help(OVERVIEW.to_owned())),
        "dev" if help => Ok(Command::Help(dev::HELP.to_owned())),
        "dev" => dev_options(&rest).map(Command::Dev),
        "test" if help => Ok(Command::Help(test::help())),
        "test" => test::Options::parse(&rest).map(Command::Test),
        "sqlx" if help => Ok(Command::Help(crate::sqlx::HELP.to_owned())),
        "sqlx" => nothing_more(&rest, Command::Sqlx),
        "tools" if help => Ok(Command::Help(crate::tools::HELP.to_owned())),
        "tools" => nothing_more(&rest, Command::Tools),
        // The arguments go on, `--help` included: the program knows its options.
        "bench" => Ok(Command::Bench(rest)),
        "soak" if help => Ok(Command::Help(soak::HELP.to_owned())),
        "soak" => soak::Options::parse(&rest).map(Command::Soak),
        unknown => bail!("there is no task `{unknown}`\n\n{OVERVIEW}"),
    }
}

fn nothing_more(rest: &[String], command: Command) -> anyhow::Result<Command> {
    match rest.first() {
        None => Ok(command),
        Some(word) => bail!("`{word}` means nothing here; the task takes no options"),
    }
}

fn dev_options(words: &[String]) -> anyhow::Result<dev::Options> {
    let mut options = dev::Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        match (name, attached) {
            ("--once", None) => options.once = true,
            ("--reset", None) => options.reset = true,
            ("--release", None) => options.profile = Profile::Release,
            ("--provider", value) => {
                let value = value
                    .or_else(|| words.next().cloned())
                    .context("--provider needs a name: evolution, meta or twilio")?;
                options.provider = dev::Provider::parse(&value).with_context(|| {
                    format!("--provider {value}: no such provider; use evolution, meta or twilio")
                })?;
            }
            ("--port-offset", value) => {
                let value = value
                    .or_else(|| words.next().cloned())
                    .context("--port-offset needs a number, for example --port-offset 100")?;
                let offset = value.parse().ok().with_context(|| {
                    format!("--port-offset {value}: not a port offset; use a number such as 100")
                })?;
                options.port_offset = Some(offset);
            }
            _ => bail!("`cargo xtask dev` does not know `{word}`\n\n{}", dev::HELP),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::{Command, parse};
    use crate::checkout::Profile;
    use crate::dev;

    fn parsed(line: &str) -> anyhow::Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn dev_takes_its_options_in_any_order_and_form() -> anyhow::Result<()> {
        let wanted = dev::Options {
            once: true,
            reset: true,
            provider: dev::Provider::Meta,
            profile: Profile::Release,
            port_offset: Some(100),
        };
        assert_eq!(
            parsed("dev --once --provider meta --port-offset 100 --release --reset")?,
            Command::Dev(dev::Options { ..wanted.clone() })
        );
        assert_eq!(
            parsed("dev --port-offset=100 --reset --release --provider=meta --once")?,
            Command::Dev(wanted)
        );
        assert_eq!(parsed("dev")?, Command::Dev(dev::Options::default()));
        Ok(())
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, named) in [
            ("deploy", "deploy"),
            ("dev --onec", "--onec"),
            ("dev --port-offset many", "many"),
            ("dev --port-offset", "--port-offset"),
            ("dev --provider whatsapp", "whatsapp"),
            ("dev --provider", "--provider"),
            ("sqlx --fast", "--fast"),
            ("test clipy", "clipy"),
            ("soak long", "long"),
            ("soak 5 6", "6"),
            ("soak 18446744073709551615", "too many"),
        ] {
            let message = parsed(line).map(|_| ()).map_err(|error| error.to_string());
            assert!(message.as_ref().is_err_and(|text| text.contains(named)), "{line}: {message:?}");
        }
    }

    #[test]
    fn bench_hands_everything_on() -> anyhow::Result<()> {
        assert_eq!(
            parsed("bench --customers 100 --help")?,
            Command::Bench(vec!["--customers".to_owned(), "100".to_owned(), "--help".to_owned()])
        );
        Ok(())
    }

    #[test]
    fn help_is_there_for_every_task() -> anyhow::Result<()> {
        for line in ["", "help", "--help", "dev --help", "test -h", "sqlx --help", "tools --help", "soak -h"]
        {
            assert!(matches!(parsed(line)?, Command::Help(_)), "{line}");
        }
        Ok(())
    }
}
