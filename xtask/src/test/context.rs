//! What the steps share: the programs they run and the server they use, started when the first one needs it.

use crate::cargo::cargo;
use crate::checkout::Checkout;
use crate::interrupt::Interrupt;
use crate::process::{self, Launch, Output};
use crate::scratch::Scratch;
use crate::servers::DatabaseUrl;
use crate::servers::postgres::Durability;
use crate::test::Outcome;
use crate::tools::{self, BUF, GRPCURL, NATS, POSTGRES, Toolbox};

/// The state of one test run.
#[derive(Debug)]
pub struct Context<'a> {
    pub checkout: &'a Checkout,
    pub interrupt: &'a Interrupt,
    pub fuzz_cases: Option<u32>,
    tools: Option<Toolbox>,
    scratch: Option<Scratch>,
    nextest: Option<bool>,
}

impl<'a> Context<'a> {
    /// Nothing started yet.
    pub fn new(checkout: &'a Checkout, interrupt: &'a Interrupt) -> anyhow::Result<Self> {
        Ok(Self { checkout, interrupt, fuzz_cases: None, tools: None, scratch: None, nextest: None })
    }

    /// `cargo` in this checkout; warnings are for the step `clippy` to refuse.
    pub fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Launch {
        cargo(self.checkout, arguments)
    }

    /// Runs a program that says itself what is wrong.
    pub fn outcome(&mut self, launch: &Launch) -> anyhow::Result<Outcome> {
        let status = match &mut self.scratch {
            Some(scratch) => scratch.supervisor.run(launch, &Output::Terminal)?,
            None => process::run(launch, &Output::Terminal, self.interrupt)?,
        };
        Ok(Outcome::of(status.success()))
    }

    /// All tools that tests and checks use.
    pub fn tools(&mut self) -> anyhow::Result<Toolbox> {
        if let Some(tools) = &self.tools {
            return Ok(tools.clone());
        }
        let tools = tools::ensure(self.checkout, self.interrupt, &[&NATS, &POSTGRES, &BUF, &GRPCURL])?;
        Ok(self.tools.insert(tools).clone())
    }

    /// The private servers of this run, with PostgreSQL up. It forgets at a crash, which makes tests twice as fast;
    /// those that are about crashes start servers of their own.
    pub fn scratch(&mut self) -> anyhow::Result<&mut Scratch> {
        let scratch = match self.scratch.take() {
            Some(scratch) => scratch,
            None => {
                let tools = self.tools()?;
                let mut scratch = Scratch::new(self.checkout, self.interrupt, &tools, "test")?;
                scratch.start_postgres(Durability::None)?;
                scratch
            }
        };
        Ok(self.scratch.insert(scratch))
    }

    /// A database server's URL for tests, which make databases of their own on it.
    pub fn test_server(&mut self) -> anyhow::Result<DatabaseUrl> {
        self.scratch()?.database("postgres")
    }

    /// Whether cargo-nextest is installed: it runs tests side by side and names the slow ones.
    pub fn has_nextest(&mut self) -> bool {
        if let Some(known) = self.nextest {
            return known;
        }
        let found = self.cargo(["nextest", "--version"]).ask().is_ok();
        *self.nextest.insert(found)
    }
}
