//! The address of a database.

use std::fmt;

/// A PostgreSQL URL. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// A database on a server of ours.
    pub fn local(port: u16, password: &str, database: &str) -> Self {
        Self(format!("postgres://frontdesk:{password}@127.0.0.1:{port}/{database}"))
    }

    /// One that was given to us.
    pub fn given(url: String) -> Self {
        Self(url)
    }

    /// The whole URL, password included: for programs, never for people.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.0.split_once("://").and_then(|(scheme, rest)| {
            let (login, place) = rest.rsplit_once('@')?;
            let (user, _password) = login.split_once(':')?;
            Some(format!("{scheme}://{user}:***@{place}"))
        });
        f.write_str(hidden.as_deref().unwrap_or(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    #[test]
    fn the_password_is_not_shown() {
        let url = DatabaseUrl::local(15_432, "s3cret", "frontdesk");
        assert_eq!(url.to_string(), "postgres://frontdesk:***@127.0.0.1:15432/frontdesk");
        assert!(!format!("{url:?}").contains("s3cret"));
        assert_eq!(DatabaseUrl::given("postgres://db/x".to_owned()).to_string(), "postgres://db/x");
    }
}
