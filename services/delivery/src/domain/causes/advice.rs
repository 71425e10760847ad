//! The words for each cause.

use super::{Advice, Cause, Owner};

impl Cause {
    /// What to tell a person about it.
    pub const fn advice(self) -> Advice {
        use Owner::{Developer, FrontDesk, Operator};
        let (words, owner, next_step) = match self {
            Self::Unreachable => (
                "the provider's server could not be reached",
                Operator,
                "check that the server runs and that the channel's address is right, then replay",
            ),
            Self::Unavailable => (
                "the provider's server was not available",
                Operator,
                "check the provider's server and the proxy in front of it, then replay",
            ),
            Self::ConnectionClosed => (
                "the provider has lost its connection to WhatsApp",
                Operator,
                "check the phone's internet and the instance; restart the instance if it stays closed",
            ),
            Self::InstanceNotLoaded => (
                "the provider has not started this instance",
                Operator,
                "restart the instance on the provider's server, then replay",
            ),
            Self::ProviderError => (
                "the provider failed before it began to send",
                Operator,
                "look at the provider's log for the time of the attempt, then replay",
            ),
            Self::RateLimited => (
                "the provider received more messages than it allows",
                Operator,
                "lower the channel's messages per second",
            ),
            Self::NotOnWhatsApp => (
                "the number is not on WhatsApp",
                FrontDesk,
                "call the customer, and correct the number if it is wrong",
            ),
            Self::InvalidAddress => (
                "the address is not a number or an account of WhatsApp",
                FrontDesk,
                "correct the customer's number, then replay",
            ),
            Self::InvalidRequest => (
                "the provider found the message malformed",
                Developer,
                "report it with the correlation id; a replay would fail in the same way",
            ),
            Self::TooLarge => (
                "the message is larger than the provider takes",
                Developer,
                "shorten the text, or report it with the correlation id",
            ),
            Self::WindowClosed => (
                "the customer has not written within the last 24 hours, so WhatsApp takes approved templates only",
                FrontDesk,
                "call the customer, or send an approved template",
            ),
            Self::KeyRefused => (
                "the provider refuses the channel's key",
                Operator,
                "put the right key behind the channel's secret and apply the channel again",
            ),
            Self::KeyMissing => (
                "the channel's key could not be read",
                Operator,
                "set the environment variable or the file the channel's secret refers to",
            ),
            Self::Forbidden => (
                "the provider, or a proxy in front of it, forbids the call",
                Operator,
                "allow Frontdesk's address and key there",
            ),
            Self::InstanceMissing => (
                "the provider has no instance or account of the channel's name",
                Operator,
                "create it there, or correct its name in the channel",
            ),
            Self::WrongAddress => (
                "under the channel's address answers something that is not the provider",
                Operator,
                "correct the provider's address in the channel; it must not redirect",
            ),
            Self::ProviderUnknown => (
                "this version of Frontdesk does not know the channel's provider",
                Operator,
                "correct the channel's provider, or run the version that knows it",
            ),
            Self::LicenceRequired => (
                "the provider's server waits for its licence to be activated",
                Operator,
                "open the provider's manager and activate the licence",
            ),
            Self::LoggedOut => (
                "the number's WhatsApp session has ended",
                Operator,
                "pair the phone again by scanning the QR code",
            ),
            Self::Banned => (
                "WhatsApp has blocked the number",
                Operator,
                "appeal in the WhatsApp app, and do not reconnect before it is lifted",
            ),
            Self::QuotaUsedUp => (
                "the provider's quota is used up",
                Operator,
                "wait until the provider frees it, or raise it there",
            ),
            Self::NoAnswer => (
                "the message left, but the provider gave no whole answer, so nobody knows whether it was sent",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::UnreadableAnswer => (
                "the provider accepted the message without saying under which id",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::UnclearRefusal => (
                "the provider reported an error that can come before or after sending",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::GatewayTimeout => (
                "a proxy gave up waiting for the provider, so nobody knows whether the message was sent",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::Interrupted => (
                "Frontdesk stopped while the message was being sent, so nobody knows whether it was",
                FrontDesk,
                "look into the chat; send again only if it is not there",
            ),
            Self::BreaksOff => (
                "every call with this message broke off before the provider had it, so it may be what ends the sending process",
                Developer,
                "look into delivery's log at the times of the attempts, and report it with the correlation id before replaying it",
            ),
            Self::PairLimited => (
                "WhatsApp takes only so many messages to one customer in a short time",
                Operator,
                "nothing; it goes when WhatsApp takes it again",
            ),
            Self::AccountLimited => (
                "the limit of the whole account at the provider is reached",
                Operator,
                "lower the messages per second of its channels, or have the limit raised there",
            ),
            Self::QualityLimited => (
                "WhatsApp slows the number down because customers complained or ignored it",
                Operator,
                "send nothing unasked for, and look at the number's quality rating",
            ),
            Self::HeldBack => (
                "WhatsApp holds this kind of message back from this customer for now",
                FrontDesk,
                "reach the customer another way, or wait for the next try a day later",
            ),
            Self::TemplatePaused => (
                "WhatsApp has paused or slowed the template",
                Operator,
                "look at the template's rating, or use another one",
            ),
            Self::Maintenance => (
                "the number was in maintenance at WhatsApp",
                Operator,
                "nothing within the first minutes; then ask the provider",
            ),
            Self::Glitch => (
                "the provider failed to deliver it and does not say why",
                FrontDesk,
                "reach the customer another way, or replay",
            ),
            Self::MediaFailed => (
                "WhatsApp could not take the file: its link, its kind or its size",
                Operator,
                "check that the link opens for everybody and that the file is of an allowed kind and size, then replay",
            ),
            Self::Undeliverable => (
                "WhatsApp cannot deliver to this number: not on WhatsApp, an old app, or the business is blocked",
                FrontDesk,
                "call the customer",
            ),
            Self::Unsubscribed => (
                "the customer has unsubscribed at the provider",
                FrontDesk,
                "respect it; it is noted here too, and nothing but direct answers goes out to them",
            ),
            Self::MarketingStopped => (
                "the customer has stopped marketing of this business",
                FrontDesk,
                "respect it; messages about appointments may still be sent",
            ),
            Self::Excluded => (
                "WhatsApp does not let this message reach this customer",
                FrontDesk,
                "reach the customer another way",
            ),
            Self::NumberNeeded => (
                "this message needs the customer's telephone number, and only a user name is known",
                FrontDesk,
                "ask the customer for the number",
            ),
            Self::IdentityChanged => (
                "the customer's WhatsApp was set up anew and is not confirmed",
                FrontDesk,
                "make sure that it is the same person, then replay",
            ),
            Self::ExpiredThere => (
                "the customer's phone could not be reached until the message expired",
                FrontDesk,
                "reach the customer another way",
            ),
            Self::TemplateRefused => (
                "the provider refuses the template: its name, its language or its variables",
                Operator,
                "compare the template with what is approved at the provider, then replay",
            ),
            Self::TemplateMissing => (
                "the channel's provider takes this as a template only, and the message names none for it",
                Operator,
                "name a template of this provider where the message is made",
            ),
            Self::PartMissing => (
                "the customer has not written within the last 24 hours, and the channel names no template for this message",
                Operator,
                "name an approved template for the part under the channel's templates in the bootstrap file, then replay",
            ),
            Self::TemplateResting => (
                "the template this message needs is paused or not approved yet, so the message waits",
                Operator,
                "look at the template's rating in the provider's console, or name another one for the part",
            ),
            Self::TemplateNotApproved => (
                "the template this message needs cannot be sent: it was rejected, disabled or deleted, or is unknown",
                Operator,
                "have it approved at the provider or name another one for the part, sync the templates, then replay",
            ),
            Self::ContentRefused => (
                "WhatsApp refuses the content as against its policies",
                Operator,
                "change what is said, and look for warnings in the provider's console",
            ),
            Self::CustomerMedia => (
                "WhatsApp could not fetch a file the customer sent",
                FrontDesk,
                "ask the customer to send it again",
            ),
            Self::UnknownRefusal => (
                "the provider refuses the message with a code Frontdesk does not know",
                Developer,
                "report the code; a replay would fail in the same way",
            ),
            Self::UnreadableContent => (
                "this version of Frontdesk cannot read the message's content",
                Developer,
                "report it with the correlation id",
            ),
            Self::PaymentRequired => (
                "the account at the provider owes money or has no means of payment",
                Operator,
                "settle the payment in the provider's console",
            ),
            Self::SenderNotReady => (
                "the number is not ready at the provider: its registration, its name, or who it may write to",
                Operator,
                "finish the number's set-up in the provider's console",
            ),
            Self::CallbackRefused => (
                "the provider refuses the address it is to report to",
                Operator,
                "set delivery.public_url to the https address under which the provider reaches the webhooks",
            ),
            Self::PolicyBlocked => (
                "the provider's terms or policies stand against messages of this kind",
                Operator,
                "accept the terms or lift the restriction in the provider's console",
            ),
        };
        Advice::new(words, owner, next_step)
    }
}
