use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::index::Index;

#[track_caller]
fn says(text: &str, expected: Option<Word>) {
    assert_eq!(word(text), expected, "{text:?}, read as {:?}", words(text));
}

#[test]
fn every_list_is_read_and_says_where_it_comes_from() {
    ready().unwrap();
    for (language, file) in Index::files() {
        let about = file.unwrap().about;
        assert_eq!(about.language, language);
        assert!(!about.owner.is_empty() && !about.source.is_empty(), "{language}");
        // Raise it when somebody reviewed the list, and say who in the change that does so.
        assert_eq!(about.native_reviews, 0, "{language}");
    }
}

#[test]
fn lists_agree_where_they_meet() {
    let (listed, squeezed) = Index::shared().unwrap().disputed();
    assert_eq!(listed, Vec::<&str>::new());
    assert!(squeezed.len() <= 8, "elongated spellings in dispute: {squeezed:?}");
    assert_eq!(Index::shared().unwrap().shared_hints(), Vec::<&str>::new());
}

#[test]
fn commands_are_understood_in_every_language_whatever_their_dress() {
    use Word::*;
    let table = [
        (
            Yes,
            "yes | YES! | Yes. |  yesss  | yes please | sí | ¡Sí! | SI | sim | oui | ja | \
         Ja, bitte | sure | yes yes | y | ｙｅｓ | Yes 😊",
        ),
        (Yes, "ok yes | yes, perfect | sí, vale | claro que sí | yes, confirm | Yes thanks"),
        (
            Ok,
            "ok | OK. | okay | vale | 👍 | 👍🏽 | ✅ | perfect | d’accord | va bene | beleza | \
         ok thanks | 👌👌",
        ),
        (
            No,
            "no | No. | nope | nooo | no thanks | no, thank you | não | nao | nein | nee | \
         non merci | 👎 | ❌ | no wait | no gracias",
        ),
        (
            Confirm,
            "confirm | CONFIRM | Confirmo | confirmar | bestätigen | je confirme | confermo | \
         bevestigen | ok confirm",
        ),
        (
            Cancel,
            "cancel | CANCEL | Cancel! | please cancel | cancel please | \
         hi, cancel my appointment please | cancelar | anular | annuler | absagen | annulla | \
         annuleren | desmarcar | cancellll",
        ),
        (
            Keep,
            "don't cancel! | dont cancel | don’t cancel | don´t cancel | \
         do not cancel my appointment | no, don't cancel | no cancelar | nicht absagen | \
         não cancele",
        ),
        (
            Reschedule,
            "reschedule | change my appointment | cambiar cita | remarcar | reporter | \
         verschieben | spostare | verzetten",
        ),
        (
            Person,
            "person | human | talk to a person please | hablar con una persona | atendente | \
         mit jemandem sprechen | operatore | medewerker",
        ),
        (Menu, "menu | MENÚ | help | ayuda | ajuda | aide | Hilfe | aiuto | menü"),
        (Start, "start | START | empezar | commencer"),
        (Quit, "end | quit | fin | sair | abmelden"),
        (
            Greeting,
            "hi | Hello! | hola | bom dia | bonjour | guten Tag | buongiorno | hoi | \
         hi, good morning | Grüß Gott | hello thanks",
        ),
        (
            Thanks,
            "thanks | thank you! | gracias | obrigada | merci beaucoup | danke schön | 🙏 | ❤️ | \
         thx 😊 | bye",
        ),
        (Robot, "are you a robot? | hi, are you human? | ¿eres un robot? | bist du ein Roboter?"),
        (
            Number(1),
            "1 | 1. | #1 | the first | First one please | option 1 | 1️⃣ | １ | la primera | \
         o primeiro | ok 1 | number one | el 1",
        ),
        (Number(2), "2 | second | the second one | el segundo | Nummer 2 | le deuxième"),
        (Number(10), "10"),
        (Number(0), "0"),
    ];
    for (expected, texts) in table {
        for text in texts.split(" | ") {
            says(text, Some(expected));
        }
    }
}

#[test]
fn silence_says_nothing() {
    for text in ["", " ", "\u{200b}"] {
        says(text, None);
        assert_eq!((mark(text), language(text)), (None, None));
    }
}

#[test]
fn a_sentence_that_holds_a_command_is_not_one() {
    for text in "? | please | yes but at 11 | I said yes to my wife yesterday | \
         can I cancel later | no cancel | yes no | ok no | cancel or reschedule | bus stop | \
         end of class | 9:30 | 1 or 2 | no 1 | the | yes 1 2 | at 10 | \
         hello I need an appointment tomorrow | yes yes yes yes yes yes yes | \
         is it normal that it still hurts?"
        .split(" | ")
    {
        says(text, None);
    }
}

#[test]
fn mixed_answers_keep_their_parts_for_whoever_knows_the_question() {
    assert_eq!(words("yes, cancel it"), [Word::Yes, Word::Cancel]);
    assert_eq!(words("Sí, cancelar la cita"), [Word::Yes, Word::Cancel]);
    assert_eq!(words("yes please do"), [Word::Yes]);
    assert_eq!(words("yes, but later"), []);
}

#[test]
fn only_a_whole_message_opts_out() {
    for text in "stop | STOP | Stop! | stop. | please stop | stop please | STOPALL | stop all | \
         unsubscribe | opt out | opt-out | revoke | baja | BAJA | darme de baja | parar | \
         arrêt | ARRET | stopp | disiscrivimi | uitschrijven | stop thanks | s\u{200b}top | \
         stoppp | no more messages please"
        .split(" | ")
    {
        assert_eq!(mark(text), Some(Mark::OptOut), "{text:?}");
        says(text, None);
    }
    for text in "stop asking me, just book Tuesday 10 | bus stop | don't stop | stop by tomorrow? | \
         cancel | end | quit | no | s | t | please | can you stop by | where is the stop | \
         yes stop | thanks"
        .split(" | ")
    {
        assert_eq!(mark(text), None, "{text:?}");
    }
}

#[test]
fn dangers_are_found_anywhere_in_a_message() {
    for text in "my chest hurts and my arm is numb, can I come at 4? | I can't breathe | \
         I can`t breathe!! | is it normal that it still bleeds after the extraction? | \
         he had a heart attack | me duele el pecho | não consigo respirar | \
         ich habe Brustschmerzen seit heute | mi fa male il petto | j'ai mal à la poitrine | \
         ik heb pijn op de borst | my CHEST   PAIN is back"
        .split(" | ")
    {
        assert_eq!(danger(text), Some(Danger::Emergency), "{text:?}");
        assert_eq!(mark(text), Some(Mark::RedFlag), "{text:?}");
    }
    for text in "I want to die | i just wanna dieee, wanna die | quiero morir | quero morrer | \
         ich will sterben | je veux mourir | chest pain, I want to die"
        .split(" | ")
    {
        assert_eq!(danger(text), Some(Danger::SelfHarm), "{text:?}");
    }
    for text in "I'm dying to see you | emergency appointment please | my chest of drawers | \
         the heart of town | suicid | haircut | my phone died"
        .split(" | ")
    {
        assert_eq!(danger(text), None, "{text:?}");
    }
}

#[test]
fn a_danger_beats_an_opt_out() {
    assert_eq!(mark("stop, I can't breathe"), Some(Mark::RedFlag));
}

#[test]
fn the_language_is_guessed_only_from_enough() {
    let guess = |text: &str| language(text).map(|guess| (guess.language, guess.certainty));
    assert_eq!(guess("quiero un haircut mañana at 5"), Some(("es", Certainty::Likely)));
    assert_eq!(guess("Hola, quisiera una cita para el jueves"), Some(("es", Certainty::Sure)));
    assert_eq!(guess("Hello, I would like an appointment tomorrow"), Some(("en", Certainty::Sure)));
    assert_eq!(guess("Oi, gostaria de marcar uma consulta amanhã"), Some(("pt", Certainty::Sure)));
    assert_eq!(guess("Ich hätte gern einen Termin"), Some(("de", Certainty::Sure)));
    assert_eq!(guess("hola"), Some(("es", Certainty::Likely)));
    for nothing in "ok | no | si | 10 | 👍 | ok ok ok | Ana".split(" | ") {
        assert_eq!(guess(nothing), None, "{nothing:?}");
    }
}

#[test]
fn normal_form_forgets_dress_and_keeps_words() {
    assert_eq!(normalise("  ¡SÍ, por favor!  "), "si por favor");
    assert_eq!(normalise("Don’t STOP"), "dont stop");
    assert_eq!(normalise("Straße"), "strasse");
    assert_eq!(normalise("yesss"), "yes");
    assert_eq!(fold("Yesss, ¡BOOKED!"), "yesss booked");
    assert_eq!(normalise("1000"), "1000");
    assert_eq!(normalise("\u{200b}\u{feff}"), "");
}

#[test]
fn every_listed_phrase_is_read_as_itself() {
    let mut lost = BTreeSet::new();
    for (language, file) in Index::files() {
        let file = file.unwrap();
        for phrase in
            file.words.yes.iter().chain(&file.words.cancel).chain(&file.words.no).chain(&file.words.person)
        {
            if word(phrase).is_none() {
                lost.insert(format!("{language}: {phrase}"));
            }
        }
        for phrase in &file.words.opt_out {
            assert_eq!(mark(phrase), Some(Mark::OptOut), "{language}: {phrase}");
        }
        for phrase in file.danger.emergency.iter().chain(&file.danger.self_harm) {
            assert!(danger(&format!("well, {phrase} since today")).is_some(), "{language}: {phrase}");
        }
    }
    assert_eq!(lost, BTreeSet::new());
}

proptest! {
    #[test]
    fn nothing_a_customer_types_breaks_it(text in "\\PC{0,200}") {
        let _ = (mark(&text), danger(&text), word(&text), words(&text), language(&text));
        let folded = normalise(&text);
        prop_assert!(!folded.contains("  ") && folded.trim() == folded);
    }

    #[test]
    fn dress_changes_nothing(word_index in 0_usize..8, upper: bool, dots in 0_usize..3) {
        let text = ["yes", "no", "cancel", "stop", "hola", "menu", "thanks", "2"][word_index];
        let dressed = format!(" {}{} ", if upper { text.to_uppercase() } else { text.to_owned() }, ".".repeat(dots));
        prop_assert_eq!(word(&dressed), word(text));
        prop_assert_eq!(mark(&dressed), mark(text));
    }

    #[test]
    fn one_unknown_word_is_enough_to_be_no_command(text in "(yes|cancel|stop|ok|no|menu) [bdfghjklmpqrtvwxz]{7,9}") {
        prop_assert_eq!(words(&text), vec![]);
        prop_assert_ne!(mark(&text), Some(Mark::OptOut));
    }

    #[test]
    fn agreement_does_not_depend_on_order(mut said in proptest::collection::vec(0_usize..7, 1..4)) {
        let all = [Word::Yes, Word::Ok, Word::No, Word::Cancel, Word::Greeting, Word::Thanks, Word::Number(2)];
        let forward: Vec<_> = said.iter().map(|at| all[*at]).collect();
        said.reverse();
        let backward: Vec<_> = said.iter().map(|at| all[*at]).collect();
        prop_assert_eq!(Word::agree(&forward), Word::agree(&backward));
    }
}
