use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use clock::SystemClock;
use conversation::model::openai::{Endpoint, OpenAi};
use conversation::model::{Answer, Message, Model, ModelError, Phase, Request};
use serde_json::{Value, json};

fn request(timeout: Duration) -> Request {
    Request {
        model: "some-model".into(),
        messages: vec![Message::User("hi".into())],
        tools: Vec::new(),
        temperature: 0.2,
        max_output_tokens: 10,
        timeout,
    }
}

/// A server that answers every request in that way; its address.
async fn server<A>(answer: impl Fn(HeaderMap, Value) -> A + Clone + Send + Sync + 'static) -> String
where
    A: IntoResponse + Send + 'static,
{
    let route = post(async move |headers: HeaderMap, body: String| {
        answer(headers, serde_json::from_str(&body).unwrap())
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/v1/chat/completions", route);
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/v1")
}

async fn ask(endpoint: Endpoint, timeout: Duration) -> Result<Answer, ModelError> {
    OpenAi::try_new("test", endpoint, SystemClock::shared()).unwrap().complete(&request(timeout)).await
}

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn an_answer_is_fetched_with_key_and_model() {
    let url = server(|headers, body| {
        assert_eq!(headers["authorization"], "Bearer secret-key");
        assert_eq!(body["model"], "their-name");
        axum::Json(json!({ "choices": [{ "message": { "content": "Hello" }, "finish_reason": "stop" }] }))
    });
    let mut endpoint = Endpoint::new(format!("{}/", url.await), "secret-key".into());
    endpoint.model = Some("their-name".into());
    assert!(!format!("{endpoint:?}").contains("secret-key"));
    assert_eq!(ask(endpoint, PATIENCE).await.unwrap().text.as_deref(), Some("Hello"));
}

#[tokio::test]
async fn failures_keep_their_class() {
    let status = |status: u16, header: &'static str| async move {
        let url = server(move |_, _| {
            (StatusCode::from_u16(status).unwrap(), [("retry-after", header)], "<html>an error page</html>")
        });
        ask(Endpoint::new(url.await, "".into()), PATIENCE).await.unwrap_err()
    };
    assert_eq!(status(503, "").await, ModelError::Server { status: 503, wait: None });
    assert_eq!(status(429, "60").await, ModelError::RateLimited { wait: Some(Duration::from_secs(60)) });
    assert_eq!(status(401, "").await, ModelError::Auth { status: 401 });
    assert!(
        matches!(status(307, "").await, ModelError::BadRequest { status: 307 }),
        "redirects are not followed"
    );
    assert!(matches!(status(200, "").await, ModelError::Malformed(_)));
}

#[tokio::test]
async fn too_much_too_slow_and_nobody_there() {
    let url = server(|_, _| "x".repeat(2 * 1024 * 1024)).await;
    assert!(matches!(ask(Endpoint::new(url, "".into()), PATIENCE).await, Err(ModelError::Malformed(_))));

    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let late = ask(Endpoint::new(url, "".into()), Duration::from_millis(50)).await;
    assert_eq!(late, Err(ModelError::Timeout(Phase::Answer)));

    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(
        ask(Endpoint::new(format!("http://{gone}"), "".into()), PATIENCE).await,
        Err(ModelError::Connect)
    );
}

#[test]
fn addresses_that_are_none_are_refused_at_start() {
    for url in ["", "localhost:8091", "ftp://models.example/v1", "http://"] {
        let refused = OpenAi::try_new("test", Endpoint::new(url.into(), "".into()), SystemClock::shared());
        assert!(refused.is_err(), "{url:?}");
    }
    assert!(
        OpenAi::try_new(
            "test",
            Endpoint::new("https://a.example/v1".into(), "a\nb".into()),
            SystemClock::shared()
        )
        .is_err()
    );
}
