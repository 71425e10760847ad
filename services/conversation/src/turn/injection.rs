/// How attempts to give a model orders usually begin. Counted, nothing more: what a model may do does not depend on it.
const SIGNS: [&str; 18] = [
    "ignore all previous",
    "ignore previous",
    "ignore all rules",
    "ignore your rules",
    "ignore your instructions",
    "ignore the instructions",
    "disregard previous",
    "system prompt",
    "you are now",
    "you are the admin",
    "i am the admin",
    "developer mode",
    "jailbreak",
    "ignora las instrucciones",
    "ignora todas las",
    "ignore as instrucoes",
    "ignora as instrucoes",
    "ignore todas as",
];

/// Whether a message looks like orders to the model.
pub(super) fn is_suspected(text: &str) -> bool {
    let text = lexicon::normalise(text);
    SIGNS.iter().any(|sign| text.contains(sign))
}
