//! `GET /media/{item}?expires=…&signature=…`

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ids::ItemId;
use serde::Deserialize;
use tracing::{info, warn};

use super::Shown;
use crate::media::link::Invalid;
use crate::media::objects::Key;
use crate::store::media;

/// What a link carries. Missing or odd parts are a forged link like any other.
#[derive(Debug, Deserialize)]
pub(super) struct Signed {
    #[serde(default)]
    expires: String,
    #[serde(default)]
    signature: String,
}

pub(super) async fn show(
    State(shown): State<Shown>,
    Path(item): Path<String>,
    Query(signed): Query<Signed>,
) -> Response {
    match file(&shown, &item, &signed).await {
        Ok(response) => response,
        Err((status, words)) => (status, headers(), format!("{words}\n")).into_response(),
    }
}

async fn file(shown: &Shown, item: &str, signed: &Signed) -> Result<Response, (StatusCode, String)> {
    let item =
        checked(shown, item, signed).map_err(|invalid| (StatusCode::FORBIDDEN, invalid.to_string()))?;
    let broken = |error: &dyn std::fmt::Display| {
        warn!(%item, %error, "a file cannot be shown");
        (StatusCode::SERVICE_UNAVAILABLE, "the file cannot be read at the moment; try again".to_owned())
    };
    let gone = || (StatusCode::GONE, "the file is not kept any more".to_owned());
    let row = media::list(&shown.pool, None, Some(item), 1).await.map_err(|error| broken(&error))?.pop();
    let row = row.filter(|row| row.state == "stored").ok_or_else(gone)?;
    let found = shown.objects.get(Key { tenant: row.tenant, item }).await.map_err(|error| broken(&error))?;
    let content = found.ok_or_else(gone)?;
    info!(%item, "file shown");
    let content_type = row.content_type.as_deref().unwrap_or("application/octet-stream");
    let mut headers = headers();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_str(content_type).unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    if let Ok(name) =
        HeaderValue::from_str(&format!("attachment; filename=\"{item}{}\"", ending(content_type)))
    {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok((headers, content).into_response())
}

fn checked(shown: &Shown, item: &str, signed: &Signed) -> Result<ItemId, Invalid> {
    let links = shown.links.as_ref().ok_or(Invalid::Forged)?;
    let item = item.parse().map_err(|_| Invalid::Forged)?;
    let expires = signed.expires.parse().map_err(|_| Invalid::Forged)?;
    links.check(item, expires, &signed.signature, shown.clock.now())?;
    Ok(item)
}

/// Nothing is kept on the way, guessed at, run or told to others.
fn headers() -> HeaderMap {
    let fixed = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

/// The end of the name it is saved under.
fn ending(content_type: &str) -> &'static str {
    match content_type {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/webp" => ".webp",
        "image/gif" => ".gif",
        "audio/ogg" => ".ogg",
        "audio/mpeg" => ".mp3",
        "audio/mp4" => ".m4a",
        "video/mp4" => ".mp4",
        "application/pdf" => ".pdf",
        "text/plain" => ".txt",
        "text/csv" => ".csv",
        _ => "",
    }
}
