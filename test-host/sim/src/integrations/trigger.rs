//! Trigger ids: the proof that a user just did something, with which an integration may open a dialog for them.

use std::time::Duration;

use axum::http::StatusCode;
use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::Secrets;
use crate::{clock::now_ms, errors::ApiError, ids::Id};

/// A trigger id in both forms.
#[derive(Debug, Clone)]
pub(super) struct Trigger {
    /// What the user's client is told.
    pub(super) client: Id,
    /// What the integration is told.
    pub(super) signed: String,
}

impl Trigger {
    /// A trigger id for something that a user does now.
    pub(super) fn new(secrets: &Secrets, user_id: Id) -> Result<Self, ApiError> {
        let client = Id::new();
        let mut text = format!("{client}:{user_id}:{}:", now_ms());
        let signature = secrets.sign(text.as_bytes()).ok_or(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "interactive_message.generate_trigger_id.signing_failed",
            "Failed to sign generated trigger ID for interactive dialog.",
        ))?;
        BASE64_STANDARD.encode_string(signature, &mut text);
        Ok(Self { client, signed: BASE64_STANDARD.encode(text) })
    }
}

/// What a trigger id that is not older than `lifetime` says: the client's form of it and the user.
pub(super) fn verify(secrets: &Secrets, signed: &str, lifetime: Duration) -> Result<(String, Id), ApiError> {
    let bytes = BASE64_STANDARD.decode(signed).map_err(|_| {
        ApiError::bad(
            "interactive_message.decode_trigger_id.base64_decode_failed",
            "Failed to decode base64 for trigger ID for interactive dialog.",
        )
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let parts: Vec<&str> = text.split(':').collect();
    let [client, user_id, at, signature] = parts[..] else {
        return Err(ApiError::bad(
            "interactive_message.decode_trigger_id.missing_data",
            "Trigger ID missing required data for interactive dialog.",
        ));
    };
    let age = now_ms().saturating_sub(at.parse().unwrap_or(0));
    if age > i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX) {
        return Err(ApiError {
            status: StatusCode::BAD_REQUEST,
            id: "interactive_message.decode_trigger_id.expired",
            message: format!(
                "Trigger ID for interactive dialog is expired. Trigger IDs live for a maximum of {} seconds.",
                lifetime.as_secs()
            )
            .into(),
        });
    }
    let signature = BASE64_STANDARD.decode(signature).map_err(|_| {
        ApiError::bad(
            "interactive_message.decode_trigger_id.base64_decode_failed_signature",
            "Failed to decode base64 signature of trigger ID for interactive dialog.",
        )
    })?;
    let message = format!("{client}:{user_id}:{at}:");
    let user_id = Id::parse(user_id).filter(|_| secrets.is_signed(message.as_bytes(), &signature));
    let user_id = user_id.ok_or(ApiError::bad(
        "interactive_message.decode_trigger_id.verify_signature_failed",
        "Signature verification failed of trigger ID for interactive dialog.",
    ))?;
    Ok((client.to_owned(), user_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_id_says_who_and_cannot_be_made_by_others() {
        let (secrets, user_id) = (Secrets::new(), Id::new());
        let trigger = Trigger::new(&secrets, user_id).unwrap();
        let minute = Duration::from_secs(60);
        assert_eq!(verify(&secrets, &trigger.signed, minute).unwrap(), (trigger.client.to_string(), user_id));
        let forged = BASE64_STANDARD.encode(
            String::from_utf8(BASE64_STANDARD.decode(&trigger.signed).unwrap())
                .unwrap()
                .replace(user_id.as_str(), Id::new().as_str()),
        );
        for (what, signed) in [("another user", forged.as_str()), ("another key", trigger.signed.as_str())] {
            let known = if what == "another user" { &secrets } else { &Secrets::new() };
            let error = verify(known, signed, minute).unwrap_err();
            assert_eq!(error.id, "interactive_message.decode_trigger_id.verify_signature_failed", "{what}");
        }
    }

    #[test]
    fn a_trigger_id_that_is_none_or_too_old_is_refused() {
        let secrets = Secrets::new();
        let id = |signed: &str, lifetime| verify(&secrets, signed, lifetime).unwrap_err().id;
        let minute = Duration::from_secs(60);
        assert!(id("%", minute).ends_with("base64_decode_failed"));
        assert!(id(&BASE64_STANDARD.encode("a:b"), minute).ends_with("missing_data"));
        assert!(id(&BASE64_STANDARD.encode("a:b:1000:c"), minute).ends_with("expired"));
        let now = now_ms();
        assert!(id(&BASE64_STANDARD.encode(format!("a:b:{now}:%")), minute).ends_with("failed_signature"));
    }
}
