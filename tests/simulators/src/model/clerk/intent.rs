//! What a customer wants, by the words.

use super::words::Words;

/// What the newest words ask for by themselves, without the conversation before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    Book,
    Move,
    Cancel,
    /// "Don't cancel": everything stays.
    KeepIt,
    /// Which bookings are there.
    List,
    /// Somebody else's booking.
    NotYours,
    Person,
    Complaint,
    /// A question about the business.
    Question,
    /// A question that only a clinician may answer.
    Clinical,
    Robot,
    /// Nothing a front desk does.
    OffTopic,
    Greeting,
    Thanks,
    Yes,
    No,
    /// None of these: details, or something not understood.
    Other,
}

/// An intent and the words that show it.
type Rule = (Intent, fn(&Words) -> bool);

/// The first rule that fits decides; the order is the meaning.
pub(super) fn of(words: &Words) -> Intent {
    let rules: [Rule; 16] = [
        (Intent::OffTopic, |words| words.has(TAKEOVER)),
        (Intent::KeepIt, |words| words.has(KEEP)),
        (Intent::Robot, |words| words.has(ROBOT)),
        (Intent::Complaint, |words| words.has(COMPLAINT)),
        (Intent::Person, |words| words.has(PERSON) || words.len() <= 3 && words.has(&["person"])),
        (Intent::Clinical, |words| words.has(CLINICAL)),
        (Intent::NotYours, |words| words.has(OTHERS) && words.has(ASKS_WHEN)),
        (Intent::Move, wants_to_move),
        (Intent::Cancel, |words| words.has(CANCEL)),
        (Intent::List, |words| words.has(LIST)),
        (Intent::OffTopic, |words| words.has(OFF_TOPIC)),
        (Intent::Question, |words| words.has(BUSINESS) && !words.has(WANTS_ONE)),
        (Intent::Book, |words| words.has(BOOK)),
        (Intent::Thanks, |words| words.len() <= 6 && words.has(THANKS)),
        (Intent::Greeting, |words| words.len() <= 4 && GREETING.iter().any(|word| words.get(0) == *word)),
        (Intent::Question, |words| words.has(BUSINESS)),
    ];
    let found = rules.into_iter().find(|(_, fits)| fits(words)).map(|(intent, _)| intent);
    found.unwrap_or_else(|| answer(words))
}

/// Yes and no, when they stand at the beginning.
fn answer(words: &Words) -> Intent {
    if YES.contains(&words.get(0)) {
        Intent::Yes
    } else if words.has(NO) || NO_FIRST.contains(&words.get(0)) {
        Intent::No
    } else {
        Intent::Other
    }
}

fn wants_to_move(words: &Words) -> bool {
    if words.has(MOVE) {
        return true;
    }
    let other_time = words.has(&[
        "another time",
        "another day",
        "different time",
        "different day",
        "otra hora",
        "otro dia",
        "instead",
    ]);
    let has_one =
        words.has(&["my appointment", "my booking", "mi cita", "mi reserva"]) || words.has(CANNOT_COME);
    other_time && has_one
}

const TAKEOVER: &[&str] = &[
    "ignore all",
    "ignore your",
    "ignore the rules",
    "ignore previous",
    "ignore my previous",
    "system prompt",
    "you are the admin",
    "you are now",
    "developer mode",
    "your instructions",
    "todays patients",
    "tomorrows patients",
];

const KEEP: &[&str] = &[
    "dont cancel",
    "do not cancel",
    "not cancel",
    "no canceles",
    "no cancelen",
    "no cancelar",
    "no quiero cancelar",
    "dont move",
    "do not move",
    "dont change",
];

const ROBOT: &[&str] = &[
    "robot",
    "chatbot",
    "a bot",
    "are you human",
    "are you a human",
    "are you a person",
    "are you a real person",
    "are you real",
    "eres un bot",
    "eres humano",
    "eres una persona",
    "eres una maquina",
];

const COMPLAINT: &[&str] =
    &["complaint", "complain", "refund", "lawyer", "terrible service", "queja", "reclamacion", "devolucion"];

const PERSON: &[&str] = &[
    "human",
    "real person",
    "a person",
    "someone",
    "somebody",
    "speak to",
    "speak with",
    "talk to",
    "talk with",
    "an agent",
    "agent",
    "operator",
    "receptionist",
    "representative",
    "staff member",
    "call me",
    "phone me",
    "una persona",
    "persona",
    "alguien",
    "hablar con",
    "llamenme",
    "recepcion",
];

const CLINICAL: &[&str] = &[
    "antibiotic",
    "antibiotics",
    "painkiller",
    "painkillers",
    "ibuprofen",
    "paracetamol",
    "medicine",
    "medication",
    "dose",
    "is it normal",
    "should i take",
    "can i take",
    "bleeding",
    "bleeds",
    "swollen",
    "infected",
    "diagnosis",
    "antibiotico",
    "medicina",
    "medicamento",
    "es normal",
    "sangra",
    "sangrado",
];

const OTHERS: &[&str] = &[
    "my wifes",
    "my husbands",
    "my sons",
    "my daughters",
    "my mothers",
    "my fathers",
    "my friends",
    "my partners",
    "his appointment",
    "her appointment",
    "de mi mujer",
    "de mi marido",
    "de mi hijo",
    "de mi hija",
    "de mi madre",
    "de mi amigo",
];

const ASKS_WHEN: &[&str] = &["when", "what time", "which day", "cuando", "a que hora"];

const MOVE: &[&str] = &[
    "reschedule",
    "rearrange",
    "postpone",
    "move my",
    "move it",
    "move the",
    "change my appointment",
    "change my booking",
    "change the appointment",
    "change the time",
    "change the day",
    "change it",
    "push my",
    "push it",
    "bring forward",
    "swap my",
    "switch my",
    "cambiar mi",
    "cambiar la",
    "cambiar la cita",
    "mover mi",
    "mover la",
    "aplazar",
    "reprogramar",
    "posponer",
];

const CANNOT_COME: &[&str] = &[
    "cant make it",
    "cannot make it",
    "can not make it",
    "cant come",
    "cannot come",
    "wont make it",
    "wont be able",
    "not able to come",
    "not coming",
    "no puedo ir",
    "no puedo venir",
    "no podre",
    "no voy a poder",
];

const CANCEL: &[&str] = &[
    "cancel",
    "cancelling",
    "canceling",
    "cancellation",
    "call off",
    "call it off",
    "delete my",
    "get rid of my",
    "no longer need",
    "dont need my appointment",
    "cant make it",
    "cannot make it",
    "can not make it",
    "cant come",
    "cannot come",
    "wont make it",
    "wont be able",
    "not able to come",
    "not coming",
    "cancelar",
    "cancela",
    "anular",
    "anula",
    "no puedo ir",
    "no puedo venir",
    "no podre",
    "no voy a poder",
];

const LIST: &[&str] = &[
    "when is my",
    "whens my",
    "what time is my",
    "what day is my",
    "which day is my",
    "my appointments",
    "my bookings",
    "do i have an appointment",
    "do i have any appointment",
    "do i have a booking",
    "have i got an appointment",
    "what have i booked",
    "cuando es mi",
    "cuando tengo",
    "mis citas",
    "tengo cita",
    "tengo una cita",
    "a que hora es mi",
    "a que hora tengo",
];

const OFF_TOPIC: &[&str] = &[
    "poem",
    "joke",
    "capital of",
    "weather",
    "recipe",
    "homework",
    "president",
    "football",
    "write code",
    "python",
    "bitcoin",
    "translate this",
    "song",
    "story",
    "poema",
    "chiste",
    "capital de",
    "el tiempo",
    "receta",
    "futbol",
];

const BUSINESS: &[&str] = &[
    "open",
    "opening",
    "opening hours",
    "hours",
    "close",
    "closed",
    "closing",
    "address",
    "located",
    "location",
    "where are you",
    "where is",
    "directions",
    "parking",
    "park",
    "price",
    "prices",
    "cost",
    "costs",
    "how much",
    "insurance",
    "pay",
    "payment",
    "card",
    "cash",
    "phone number",
    "email",
    "wheelchair",
    "bring",
    "policy",
    "which services",
    "what services",
    "do you offer",
    "do you do",
    "horario",
    "abren",
    "abierto",
    "cierran",
    "direccion",
    "donde",
    "aparcamiento",
    "aparcar",
    "precio",
    "precios",
    "cuanto cuesta",
    "cuanto vale",
    "seguro",
    "pagar",
    "tarjeta",
];

/// Wishes that outweigh a word of [`BUSINESS`] beside them.
const WANTS_ONE: &[&str] = &[
    "need an appointment",
    "want an appointment",
    "like an appointment",
    "make an appointment",
    "book an appointment",
    "book me",
    "get an appointment",
    "need a",
    "quiero una cita",
    "necesito una cita",
    "pedir cita",
];

const BOOK: &[&str] = &[
    "appointment",
    "appointments",
    "appt",
    "book",
    "booking",
    "schedule",
    "slot",
    "slots",
    "reserve",
    "reservation",
    "availability",
    "available",
    "are you free",
    "anything free",
    "do you have anything",
    "do you have something",
    "have you got anything",
    "do you have time",
    "come in",
    "come by",
    "can i come",
    "could i come",
    "fit me in",
    "squeeze me in",
    "see the dentist",
    "see a dentist",
    "see the doctor",
    "see a doctor",
    "cita",
    "citas",
    "reservar",
    "reserva",
    "turno",
    "pedir hora",
    "tiene hora",
    "tienen hora",
    "tienen hueco",
    "hueco",
    "puedo ir",
    "puedo venir",
];

const THANKS: &[&str] = &[
    "thanks",
    "thank you",
    "thx",
    "cheers",
    "bye",
    "goodbye",
    "gracias",
    "adios",
    "perfect",
    "great",
    "perfecto",
    "genial",
];

const GREETING: &[&str] = &["hi", "hello", "hey", "good", "hola", "buenos", "buenas", "hiya", "morning"];

const YES: &[&str] =
    &["yes", "yeah", "yep", "sure", "ok", "okay", "please", "si", "vale", "claro", "correct", "absolutely"];

const NO_FIRST: &[&str] = &["no", "nope", "not", "neither", "nah", "none", "ninguna", "ninguno", "tampoco"];

const NO: &[&str] = &[
    "none of",
    "doesnt work",
    "does not work",
    "dont work",
    "doesnt suit",
    "not that",
    "something else",
    "another",
    "other times",
    "other days",
    "different",
    "any other",
    "later",
    "more options",
    "mas opciones",
    "otra",
    "otro",
    "otras",
    "mas tarde",
];
