use http::HeaderMap;
use http::header::AUTHORIZATION;
use settings::{Auth, Secret};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::role::{missing_token, unknown_token};
use crate::{Failure, Role};

/// The tokens that are let in, as hashes: comparing hashes of equal length in constant time tells nothing about how
/// much of a guess was right.
#[derive(Clone)]
pub(crate) struct Tokens(Vec<(Role, [u8; 32])>);

/// Two roles with one token: nobody could say which role its bearer has.
#[derive(Debug, thiserror::Error)]
#[error("the roles {0} and {1} have the same token; give each its own in the section [auth]")]
pub struct SharedToken(Role, Role);

impl Tokens {
    pub(crate) fn new(auth: &Auth) -> Result<Self, SharedToken> {
        let Auth { viewer_token, operator_token, admin_token, service_token } = auth;
        let all = [
            (Role::Viewer, viewer_token),
            (Role::Operator, operator_token),
            (Role::Admin, admin_token),
            (Role::Service, service_token),
        ];
        let mut tokens: Vec<(Role, [u8; 32])> = Vec::new();
        for (role, token) in all.into_iter().filter(|(_, token)| !token.is_empty()) {
            let hash = hash(token.expose());
            if let Some((other, _)) = tokens.iter().find(|(_, known)| *known == hash) {
                return Err(SharedToken(*other, role));
            }
            tokens.push((role, hash));
        }
        Ok(Self(tokens))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The role of whoever sent these headers.
    pub(crate) fn role(&self, headers: &HeaderMap) -> Result<Role, Failure> {
        let header = headers.get(AUTHORIZATION).ok_or_else(missing_token)?;
        let text = header.to_str().map_err(|_| unknown_token())?;
        let (scheme, token) = text.split_once(' ').ok_or_else(missing_token)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing_token());
        }
        let given = hash(token.trim());
        let mut found = None;
        // All are compared, whichever fits, so that the time does not tell which role a token has.
        for (role, known) in &self.0 {
            if bool::from(known.ct_eq(&given)) {
                found = Some(*role);
            }
        }
        found.ok_or_else(unknown_token)
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The header that shows a token; `None` when the token cannot stand in a header.
pub(crate) fn bearer(token: &Secret) -> Option<http::HeaderValue> {
    let mut value = http::HeaderValue::try_from(format!("Bearer {}", token.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth() -> Auth {
        Auth { viewer_token: "v-token".into(), admin_token: "a-token".into(), ..Auth::default() }
    }

    fn role(header: &str) -> Result<Role, String> {
        let tokens = Tokens::new(&auth()).map_err(|error| error.to_string())?;
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, header.parse().map_err(|_| "header")?);
        tokens.role(&headers).map_err(|failure| failure.reason.to_owned())
    }

    #[test]
    fn each_token_has_its_role() {
        assert_eq!(role("Bearer v-token"), Ok(Role::Viewer));
        assert_eq!(role("bearer a-token"), Ok(Role::Admin));
    }

    #[test]
    fn everything_else_is_refused() {
        for wrong in ["Bearer v-toke", "Bearer v-token2", "Bearer ", "Bearer V-TOKEN"] {
            assert_eq!(role(wrong), Err("TOKEN_UNKNOWN".to_owned()), "{wrong}");
        }
        for missing in ["v-token", "Basic v-token", "Bearer"] {
            assert_eq!(role(missing), Err("TOKEN_MISSING".to_owned()), "{missing}");
        }
    }

    #[test]
    fn an_unset_role_lets_nobody_in() {
        assert!(Tokens::new(&Auth::default()).is_ok_and(|tokens| tokens.is_empty()));
        assert_eq!(role("Bearer "), Err("TOKEN_UNKNOWN".to_owned()));
    }

    #[test]
    fn two_roles_cannot_share_a_token() {
        let auth = Auth { operator_token: "v-token".into(), ..auth() };
        let Err(error) = Tokens::new(&auth) else { panic!("accepted") };
        assert_eq!(
            error.to_string(),
            "the roles viewer and operator have the same token; give each its own in the section [auth]"
        );
    }

    #[test]
    fn the_header_of_a_client_is_not_printed() {
        let header = bearer(&"v-token".into());
        assert_eq!(format!("{header:?}"), "Some(Sensitive)");
    }
}
