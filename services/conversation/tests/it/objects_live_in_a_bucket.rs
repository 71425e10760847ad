//! Against a server that speaks S3 as far as this service does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode, Uri};
use conversation::media::Config;
use conversation::media::objects::{Key, Objects};
use ids::{ItemId, TenantId};
use settings::Loader;
use tokio::net::TcpListener;

type Kept = Arc<Mutex<HashMap<String, Bytes>>>;

fn answer(kept: &Kept, method: &Method, uri: &Uri, body: Bytes) -> (StatusCode, Bytes) {
    let query = uri.query().unwrap_or_default();
    let signed = query.contains("X-Amz-Signature=") && query.contains("X-Amz-Credential=writer%2F");
    if !signed {
        return (StatusCode::FORBIDDEN, Bytes::new());
    }
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    match *method {
        Method::PUT => {
            kept.insert(uri.path().to_owned(), body);
            (StatusCode::OK, Bytes::new())
        }
        Method::GET => match kept.get(uri.path()) {
            Some(content) => (StatusCode::OK, content.clone()),
            None => (StatusCode::NOT_FOUND, Bytes::from_static(b"<Error/>")),
        },
        Method::DELETE => {
            kept.remove(uri.path());
            (StatusCode::NO_CONTENT, Bytes::new())
        }
        _ => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
    }
}

async fn bucket(access_key: &str) -> anyhow::Result<(Objects, Kept)> {
    let kept = Kept::default();
    let shared = kept.clone();
    let app = Router::new().fallback(move |method: Method, uri: Uri, body: Bytes| {
        let shared = shared.clone();
        async move { answer(&shared, &method, &uri, body) }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let variables = [
        ("S3_BUCKET", "files"),
        ("S3_ENDPOINT", endpoint.as_str()),
        ("S3_ACCESS_KEY", access_key),
        ("S3_SECRET_KEY", "secret"),
    ];
    let variables = variables.map(|(name, value)| (format!("FRONTDESK_MEDIA__{name}"), value.to_owned()));
    let config: Config =
        Loader::new().defaults(conversation::SERVICE.defaults).env(variables).load()?.section("media")?;
    Ok((Objects::try_new(&config)?, kept))
}

fn key() -> Key {
    Key { tenant: TenantId::generate(), item: ItemId::generate() }
}

#[tokio::test]
async fn what_is_put_is_there_until_it_is_deleted() -> anyhow::Result<()> {
    let (objects, kept) = bucket("writer").await?;
    let key = key();
    assert_eq!(objects.get(key).await?, None);
    objects.put(key, Bytes::from_static(b"content"), "image/jpeg").await?;
    assert_eq!(objects.get(key).await?.as_deref(), Some(&b"content"[..]));
    let names: Vec<String> = kept.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
    assert_eq!(names, [format!("/files/{}/{}", key.tenant, key.item)], "ids and nothing else");
    objects.delete(key).await?;
    objects.delete(key).await?;
    assert_eq!(objects.get(key).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_refusal_says_what_to_check_and_no_key() -> anyhow::Result<()> {
    let (objects, _) = bucket("stranger").await?;
    let refused = objects.put(key(), Bytes::from_static(b"content"), "image/jpeg").await;
    let words = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(words.contains("403") && words.contains("media.s3_bucket"), "{words}");
    assert!(!words.contains("stranger"), "{words}");
    Ok(())
}
