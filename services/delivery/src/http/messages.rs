//! `/api/messages/{id}`.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use rpc::{Caller, Failure, Role, parse};
use serde_json::Value;

use super::view;
use crate::grpc::Messages;

/// What became of a message.
pub async fn show(
    State(messages): State<Messages>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    caller.may(Role::Viewer)?;
    let (message, attempts) = messages.one(parse::id("id", &id)?).await?;
    Ok(Json(view::message(message, &attempts, caller.role.permits(Role::Operator))))
}
