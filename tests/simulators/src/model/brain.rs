//! Who answers.

use super::answer::Answer;
use super::request::ChatRequest;

/// Answers requests. It sees the request and nothing else: a brain that knew what the test knows would only
/// prove that two scripts agree.
pub trait Brain: Send + Sync + 'static {
    /// Answers one request.
    ///
    /// # Errors
    /// When the brain refuses it; the caller gets 400 with the reason.
    fn answer(&self, request: &ChatRequest) -> Result<Answer, String>;
}

/// A function is a brain.
impl<F> Brain for F
where
    F: Fn(&ChatRequest) -> Answer + Send + Sync + 'static,
{
    fn answer(&self, request: &ChatRequest) -> Result<Answer, String> {
        Ok(self(request))
    }
}
