use std::fmt;

use tonic::{Request, Status};
use uuid::Uuid;

use crate::Failure;
use crate::failure::Kind;

/// What the bearer of a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Read.
    Viewer,
    /// Also repair: replay, discard, wake, pause.
    Operator,
    /// Also configure and destroy.
    Admin,
    /// Another service of Frontdesk: reads and repairs, and calls what only services may.
    Service,
}

impl Role {
    /// Whether somebody with this role may do what `wanted` is needed for.
    pub fn permits(self, wanted: Self) -> bool {
        match self {
            Self::Admin => true,
            Self::Service => wanted != Self::Admin,
            Self::Operator => matches!(wanted, Self::Viewer | Self::Operator),
            Self::Viewer => wanted == Self::Viewer,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Service => "service",
        })
    }
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// By which token.
    pub role: Role,
    /// From the caller's `correlation-id` header if it is a UUID, else new. On the span of the call already.
    pub correlation_id: Uuid,
}

impl Caller {
    /// Fails with a refusal unless the caller may do what `wanted` is needed for.
    pub fn may(&self, wanted: Role) -> Result<(), Failure> {
        if self.role.permits(wanted) { Ok(()) } else { Err(forbidden(self.role, wanted)) }
    }
}

/// The first line of every method: who calls, if he may. Fails with PERMISSION_DENIED.
pub fn require<T>(request: &Request<T>, wanted: Role) -> Result<Caller, Status> {
    match request.extensions().get::<Caller>() {
        Some(caller) => Ok(caller.may(wanted).map(|()| *caller)?),
        None => Err(missing_token().into()),
    }
}

pub(crate) fn missing_token() -> Failure {
    Failure::new(
        "TOKEN_MISSING",
        Kind::Unauthenticated {
            problem: "the call carries no token",
            remedy: "send the header \"authorization: Bearer <token>\" with one of the configured auth tokens",
        },
    )
}

pub(crate) fn unknown_token() -> Failure {
    Failure::new(
        "TOKEN_UNKNOWN",
        Kind::Unauthenticated {
            problem: "the token is not one of ours",
            remedy: "check it against the auth section of this service's configuration",
        },
    )
}

fn forbidden(has: Role, wanted: Role) -> Failure {
    Failure::new(
        "ROLE_INSUFFICIENT",
        Kind::Forbidden {
            problem: format!("this needs the role {wanted}, and the token is that of the role {has}"),
            remedy: "use a token of a role that may",
        },
    )
    .with("has", has.to_string())
    .with("needs", wanted.to_string())
}

#[cfg(test)]
mod tests {
    use super::Role::{Admin, Operator, Service, Viewer};
    use super::*;

    #[test]
    fn roles_permit_what_they_say() {
        let table = [
            (Viewer, [true, false, false, false]),
            (Operator, [true, true, false, false]),
            (Admin, [true, true, true, true]),
            (Service, [true, true, false, true]),
        ];
        for (role, permitted) in table {
            let found = [Viewer, Operator, Admin, Service].map(|wanted| role.permits(wanted));
            assert_eq!(found, permitted, "{role}");
        }
    }

    #[test]
    fn a_request_that_did_not_pass_the_door_is_refused() {
        let refused = require(&Request::new(()), Viewer).map_err(|status| status.code());
        assert_eq!(refused, Err(tonic::Code::Unauthenticated));
    }
}
