//! The simulators from the outside: over HTTP, as the product and the tests meet them.

mod clerk_conversations;
mod clerk_phrases;
mod clerk_with_a_card;
mod clinic;
mod evolution_api;
mod evolution_faults;
mod evolution_webhooks;
mod faults_of_meta_and_twilio;
mod hook;
mod meta_api;
mod meta_webhooks;
mod model_api;
mod office;
mod plays;
mod post;
mod twilio_api;
