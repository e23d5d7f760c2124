//! What a message shows besides its text.

use super::attachment::{Button, MOST_BUTTONS, check_all};
use super::{author, presentation};
use host_sdk::protocol::{Error, Outbound};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The key of a presentation that tells what the message's text is, and its only word: it says already what the blocks say.
const TEXT_MODE: (&str, &str) = ("textMode", "fallback");

/// The buttons of a message, and what its presentation says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// What can be clicked.
    pub buttons: Vec<Button>,
    /// What stands above the buttons.
    pub above: String,
    /// What is said besides the message's own text.
    pub said: String,
    /// What was left out, and why. For the log.
    pub left_out: Vec<String>,
}

impl Card {
    /// Read what a message shows.
    ///
    /// Buttons of a presentation become text when the message has more than one file.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field.
    pub fn read(message: &Outbound) -> Result<Self, Error> {
        let mut card = Self::default();
        let given = |value: &Option<Value>| value.clone().filter(|value| !value.is_null());
        if let Some(written) = given(&message.buttons) {
            let (buttons, left_out) = author::read(&written)?;
            card.buttons.extend(buttons);
            card.left_out.extend(left_out);
        }
        if let Some(written) = given(&message.presentation) {
            let read = presentation::read(&written)?;
            card.left_out.extend(read.left_out);
            if message.media.len() <= 1 {
                card.buttons.extend(read.buttons);
            }
            if written.get(TEXT_MODE.0).and_then(Value::as_str) != Some(TEXT_MODE.1) {
                card.said = read.text;
            }
        }
        check_all(&card.buttons)?;
        let above = message.attachment_text.as_deref().unwrap_or_default();
        if card.buttons.is_empty() {
            // There is no card to put it into.
            card.said = paragraphs(above, &card.said);
        } else {
            card.above = above.to_owned();
        }
        Ok(card)
    }

    /// The whole text of a message with this card.
    #[must_use]
    pub fn text(&self, given: &str) -> String {
        paragraphs(given, &self.said)
    }

    /// The same without what must not be shown.
    #[must_use]
    pub fn cleaned<'a>(&'a self, clean: impl Fn(&'a str) -> Cow<'a, str>) -> Self {
        let buttons = self.buttons.iter().map(|button| Button {
            value: clean(&button.value).into_owned(),
            name: clean(&button.name).into_owned(),
            style: button.style,
            context: button
                .context
                .iter()
                .map(|(key, value)| match value {
                    Value::String(text) => (key.clone(), clean(text).into_owned().into()),
                    value => (key.clone(), value.clone()),
                })
                .collect(),
        });
        Self {
            buttons: buttons.collect(),
            above: clean(&self.above).into_owned(),
            said: clean(&self.said).into_owned(),
            left_out: self.left_out.clone(),
        }
    }

    /// Put what the presentation says into the message's text, once: what is cut, compared and written down is the whole.
    /// A message that cannot be read stays as it is.
    pub fn settle(message: &mut Outbound) {
        let Ok(card) = Self::read(message) else { return };
        message.text = card.text(&message.text);
        if card.buttons.is_empty() {
            message.attachment_text = None;
        }
        if let Some(written) = message.presentation.take().filter(|written| !written.is_null()) {
            let parsed = author::parsed(&written, "presentation").ok().flatten().unwrap_or(written);
            let mut object = match parsed {
                Value::Array(blocks) => json!({ "blocks": blocks }),
                other => other,
            };
            object[TEXT_MODE.0] = json!(TEXT_MODE.1);
            message.presentation = Some(object);
        }
    }

    /// Does this message have something to click?
    #[must_use]
    pub fn is_in(message: &Outbound) -> bool {
        (message.buttons.is_some() || message.presentation.is_some())
            && Self::read(message).is_ok_and(|card| !card.buttons.is_empty())
    }

    /// What stands on the buttons.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.buttons.iter().take(MOST_BUTTONS).map(|button| button.name.clone()).collect()
    }
}

fn paragraphs(one: &str, other: &str) -> String {
    match (one.trim().is_empty(), other.trim().is_empty()) {
        (_, true) => one.to_owned(),
        (true, false) => other.to_owned(),
        (false, false) => format!("{}\n\n{other}", one.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::Card;
    use host_sdk::protocol::Outbound;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn anything() -> impl Strategy<Value = Value> {
        let key = "(blocks|type|buttons|text|label|value|callback_data|url|action|questionId|optionIndex|style|textMode|title|rows|headers|options|askUser)";
        let word = "(buttons|text|table|chart|select|question|fallback|a|\\PC{0,4}|[\\[\\]{}\"]{0,3})";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3_i32..3).prop_map(Value::from),
            word.prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_a_card_or_an_error_with_its_place_and_is_settled_once(
            buttons in anything(), presentation in anything(), text in "\\PC{0,8}",
        ) {
            let buttons = Some(buttons);
            let mut message = Outbound { buttons, ..message(&text, presentation) };
            match Card::read(&message) {
                Ok(card) => {
                    Card::settle(&mut message);
                    let settled = Card::read(&message).unwrap();
                    prop_assert_eq!((&settled.buttons, settled.said.as_str()), (&card.buttons, ""));
                    prop_assert_eq!(&message.text, &card.text(&text));
                    let once = message.clone();
                    Card::settle(&mut message);
                    prop_assert_eq!(message, once);
                }
                Err(error) => prop_assert!(error.field.is_some(), "{}", error),
            }
        }
    }

    fn message(text: &str, presentation: Value) -> Outbound {
        Outbound { text: text.to_owned(), presentation: Some(presentation), ..Outbound::default() }
    }

    fn choice() -> Value {
        json!({"blocks": [{"type": "buttons", "buttons": [{"label": "Yes", "value": "yes"}]}]})
    }

    // covers: B07
    #[test]
    fn buttons_leave_the_text_alone_and_a_presentation_lists_them_in_it() {
        let plain = Outbound {
            text: "Choose".to_owned(),
            buttons: Some(json!([[{"text": "Yes", "callback_data": "yes"}]])),
            attachment_text: Some("above".to_owned()),
            ..Outbound::default()
        };
        let card = Card::read(&plain).unwrap();
        assert_eq!((card.text("Choose"), card.above.as_str()), ("Choose".to_owned(), "above"));
        let card = Card::read(&message("Choose:", choice())).unwrap();
        assert_eq!(card.text("Choose:"), "Choose:\n\n- Yes");
        assert_eq!(card.names(), ["Yes"]);
    }

    #[test]
    fn more_files_than_one_turn_the_buttons_of_a_presentation_into_text() {
        let files = vec!["a".to_owned(), "b".to_owned()];
        let card = Card::read(&Outbound { media: files, ..message("", choice()) }).unwrap();
        assert_eq!((card.buttons.len(), card.text("").as_str()), (0, "- Yes"));
    }

    #[test]
    fn what_a_presentation_says_is_put_into_the_text_once() {
        for written in [choice(), json!(choice().to_string()), choice()["blocks"].clone()] {
            let mut message = message("Choose:", written);
            Card::settle(&mut message);
            let once = message.clone();
            Card::settle(&mut message);
            assert_eq!((message.text.as_str(), &message), ("Choose:\n\n- Yes", &once));
            assert!(Card::is_in(&message));
        }
        let mut text = Outbound { attachment_text: Some("above".to_owned()), ..Outbound::default() };
        Card::settle(&mut text);
        assert_eq!((text.text.as_str(), text.attachment_text), ("above", None));
    }
}
