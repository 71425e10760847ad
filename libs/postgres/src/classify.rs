/// What a caller can do about a failed statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The input can never be stored: not representable, too long, forbidden by a check. Trying again is useless;
    /// in a batch, the other items may be fine.
    Data,
    /// The database is not there, is too busy, or somebody holds a lock. The same statement may succeed later.
    Unavailable,
    /// Somebody else was faster. Run the transaction again from its first read.
    Conflict,
    /// The statement, the schema or the rights are wrong. No caller can mend that.
    Bug,
}

/// Sorts an error of sqlx by what can be done about it.
pub fn classify(error: &sqlx::Error) -> Class {
    use sqlx::Error as E;
    match error {
        E::Database(database) => database.code().map_or(Class::Bug, |code| of_sqlstate(&code)),
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
            Class::Unavailable
        }
        // The server closed the connection in the middle of an answer, or the stream is out of step after that.
        E::Protocol(_) => Class::Unavailable,
        // A value that the driver itself cannot put on the wire.
        E::Encode(_) => Class::Data,
        _ => Class::Bug,
    }
}

/// Codes as in appendix A of PostgreSQL's manual; the first two characters are the class of the code.
fn of_sqlstate(code: &str) -> Class {
    match code {
        // serialization_failure, deadlock_detected, unique_violation, exclusion_violation
        "40001" | "40P01" | "23505" | "23P01" => Class::Conflict,
        // check_violation, not_null_violation: the value was refused, whoever sends it
        "23514" | "23502" => Class::Data,
        // program_limit_exceeded: too large for a row or an index
        code if code.starts_with("22") || code.starts_with("54") => Class::Data,
        // lock_not_available; query_canceled, which is what statement_timeout answers
        "55P03" | "57014" => Class::Unavailable,
        // idle_in_transaction_session_timeout, read_only_sql_transaction: a standby before its promotion
        "25P03" | "25P04" | "25006" => Class::Unavailable,
        // connection trouble, too few resources, the server going down or coming up, its disk
        code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => Class::Unavailable,
        _ => Class::Bug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_can_be_done() {
        for (code, class) in [
            ("22021", Class::Data),        // NUL in a text
            ("22P05", Class::Data),        // lone surrogate in jsonb
            ("22001", Class::Data),        // too long
            ("22P02", Class::Data),        // not a uuid
            ("23514", Class::Data),        // check
            ("54000", Class::Data),        // index row too large
            ("23505", Class::Conflict),    // unique
            ("23P01", Class::Conflict),    // exclusion: the slot is taken
            ("40001", Class::Conflict),    // serialization
            ("40P01", Class::Conflict),    // deadlock
            ("55P03", Class::Unavailable), // lock timeout
            ("57014", Class::Unavailable), // statement timeout
            ("57P01", Class::Unavailable), // administrator shut it down
            ("57P02", Class::Unavailable), // crash
            ("57P03", Class::Unavailable), // starting up
            ("08006", Class::Unavailable),
            ("53300", Class::Unavailable), // too many connections
            ("53100", Class::Unavailable), // disk full
            ("25P03", Class::Unavailable), // idle in transaction too long
            ("25P04", Class::Unavailable), // transaction too long
            ("42P01", Class::Bug),         // no such table
            ("42501", Class::Bug),         // no right
            ("23503", Class::Bug),         // foreign key
            ("P0001", Class::Bug),         // raised by our own function
        ] {
            assert_eq!(of_sqlstate(code), class, "{code}");
        }
    }

    #[test]
    fn driver_errors_are_sorted_too() {
        let io = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(classify(&sqlx::Error::Io(io)), Class::Unavailable);
        assert_eq!(classify(&sqlx::Error::PoolTimedOut), Class::Unavailable);
        assert_eq!(classify(&sqlx::Error::RowNotFound), Class::Bug);
        assert_eq!(classify(&sqlx::Error::Encode("too long".into())), Class::Data);
    }
}
