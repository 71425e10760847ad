//! What the clerk says. No sentence here says that anything is booked, moved or cancelled: that is for the
//! product to say, once it is true.

use super::language::Language;

/// One thing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phrase {
    Greeting,
    AskService,
    SlotsFollow,
    TimeNotFree,
    NothingFree,
    WhichSlot,
    WhichDay,
    PleaseCheck,
    SlotGone,
    NoBookings,
    WhichBooking,
    TheseBookings,
    KeptAsIs,
    Withdrawn,
    Colleague,
    NotKnown,
    NoAdvice,
    NotYours,
    Assistant,
    OffTopic,
    Welcome,
    Unclear,
    Trouble,
}

impl Phrase {
    /// The words.
    pub fn text(self, language: Language) -> &'static str {
        let (english, spanish) = self.both();
        match language {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }

    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Greeting => (
                "Hello! I am the assistant of the front desk. Would you like an appointment, or is it about one you have?",
                "¡Hola! Soy el asistente de recepción. ¿Quiere una cita, o se trata de una que ya tiene?",
            ),
            Self::AskService => ("What would you like to come for:", "¿Para qué le gustaría venir:"),
            Self::SlotsFollow => ("Here is what I found.", "Esto es lo que he encontrado."),
            Self::TimeNotFree => (
                "That time is not free, I am afraid. Here is what I found.",
                "Esa hora no está libre, lo siento. Esto es lo que he encontrado.",
            ),
            Self::NothingFree => (
                "I found nothing free there. Shall I look at other days?",
                "No he encontrado nada libre ahí. ¿Miro otros días?",
            ),
            Self::WhichSlot => ("Which of these suits you?", "¿Cuál de estas le viene bien?"),
            Self::WhichDay => ("On which of the days?", "¿En cuál de los días?"),
            Self::PleaseCheck => ("Please check this.", "Por favor, compruébelo."),
            Self::SlotGone => (
                "That one has just gone, I am afraid. Which other one suits you?",
                "Esa se acaba de ocupar, lo siento. ¿Cuál otra le viene bien?",
            ),
            Self::NoBookings => (
                "I see no appointment for this number. Would you like a new one?",
                "No veo ninguna cita para este número. ¿Quiere una nueva?",
            ),
            Self::WhichBooking => ("Which one do you mean?", "¿A cuál se refiere?"),
            Self::TheseBookings => ("This is what I see for you:", "Esto es lo que veo para usted:"),
            Self::KeptAsIs => ("All right, everything stays as it is.", "De acuerdo, todo queda como está."),
            Self::Withdrawn => (
                "All right, we leave that. What would you like instead?",
                "De acuerdo, lo dejamos. ¿Qué prefiere?",
            ),
            Self::Colleague => {
                ("I have passed this on to a colleague.", "Se lo he pasado a una persona del equipo.")
            }
            Self::NotKnown => (
                "I do not know that, I am afraid. Would you like to speak with a colleague?",
                "Eso no lo sé, lo siento. ¿Quiere hablar con una persona del equipo?",
            ),
            Self::NoAdvice => (
                "I cannot give advice on that. Would you like an appointment, or to speak with a colleague?",
                "No puedo aconsejarle sobre eso. ¿Quiere una cita, o hablar con una persona del equipo?",
            ),
            Self::NotYours => (
                "I can only speak about the appointments of this number. The person is welcome to write or call.",
                "Solo puedo hablar de las citas de este número. Esa persona puede escribirnos o llamarnos.",
            ),
            Self::Assistant => (
                "I am an assistant of the business, a program. You can ask for a person at any time.",
                "Soy un asistente del negocio, un programa. Puede pedir una persona cuando quiera.",
            ),
            Self::OffTopic => (
                "I am here for appointments and questions about us. How can I help you with that?",
                "Estoy aquí para las citas y las preguntas sobre nosotros. ¿En qué puedo ayudarle?",
            ),
            Self::Welcome => ("You are welcome!", "¡De nada!"),
            Self::Unclear => (
                "I did not quite understand. Would you like an appointment, another time, or to speak with a person?",
                "No le he entendido bien. ¿Quiere una cita, otra hora, o hablar con una persona?",
            ),
            Self::Trouble => (
                "I cannot look that up at the moment. Would you like to speak with a colleague?",
                "Ahora mismo no puedo consultarlo. ¿Quiere hablar con una persona del equipo?",
            ),
        }
    }
}
