//! What the person brings along instead of what we would start.

use crate::servers::DatabaseUrl;

/// Servers and providers that are not ours to start.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// A NATS of theirs.
    pub nats: Option<String>,
    /// A PostgreSQL of theirs.
    pub database: Option<DatabaseUrl>,
    /// A model of theirs.
    pub model: Option<String>,
    /// Their own tenants and channels.
    pub bootstrap: Option<String>,
}

impl Given {
    /// Reads it from environment variables. The services' own names for the same settings mean the same.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |ours: &str, services: &str| variable(ours).or_else(|| variable(services));
        Self {
            nats: either("FRONTDESK_NATS_URL", "FRONTDESK_NATS__URL"),
            database: either("FRONTDESK_DATABASE_URL", "FRONTDESK_DATABASE__URL").map(DatabaseUrl::given),
            model: either("FRONTDESK_MODEL_URL", "FRONTDESK_CONVERSATION__MODEL_URL"),
            bootstrap: variable("FRONTDESK_BOOTSTRAP__FILE"),
        }
    }

    /// Whether the model simulator is to run.
    pub fn model_is_simulated(&self) -> bool {
        self.model.is_none()
    }

    /// Whether the WhatsApp simulator is to run: the demo's channel points at it, other channels point elsewhere.
    pub fn whatsapp_is_simulated(&self) -> bool {
        self.bootstrap.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::Given;

    #[test]
    fn both_names_of_a_setting_are_heard() {
        for name in ["FRONTDESK_NATS_URL", "FRONTDESK_NATS__URL"] {
            let given = Given::read(|asked| (asked == name).then(|| "nats://elsewhere".to_owned()));
            assert_eq!(given.nats.as_deref(), Some("nats://elsewhere"));
            assert!(given.model_is_simulated() && given.whatsapp_is_simulated());
        }
    }
}
