//! A button that answers a question of the agent (`ask_user`), for which somebody waits in the host.

use super::change::{change, update};
use super::confirm;
use super::handler::Click;
use super::plain::see_to_it;
use super::refused::Refused;
use crate::account::{Deps, Unanswered};
use crate::buttons::keys::{OPTION_INDEX, QUESTION, QUESTION_ID};
use crate::interactive::answer::{json, seen_by_clicker};
use crate::quoted::quoted;
use host_sdk::protocol::{Choice, ChosenAnswer, HostAnswer, HttpResponse, Question};
use mattermost_client::PostPatch;
use serde_json::{Map, Value, json as value};
use tokio::sync::oneshot;

/// The response to a click on an answer; `None`: it is none.
///
/// The host decides who was first. The agent hears of the answer by what waits for it, not by a message.
pub(super) async fn answer(deps: &Deps, click: &Click) -> Option<HttpResponse> {
    let (question_id, option_index) = read(&click.context)?;
    let (answered, response) = oneshot::channel();
    let (question_id, working, click) = (question_id.to_owned(), deps.clone(), click.clone());
    // What the host has taken is shown, whatever becomes of the request.
    deps.context.spawn(async move {
        // Nobody may be waiting any more.
        let _ = answered.send(pass_on(&working, &click, &question_id, option_index).await);
    });
    let failed = |_| json(500, &value!({ "error": "Interaction handler failed" }));
    Some(response.await.unwrap_or_else(failed))
}

/// Tell the host, and show what it says.
async fn pass_on(deps: &Deps, click: &Click, question_id: &str, option_index: u32) -> HttpResponse {
    let account_id = &click.account.config.id;
    let chosen = Question::Chosen(ChosenAnswer {
        question_id: question_id.to_owned(),
        option_index,
        label: click.label.clone(),
        sender_id: click.person.id.clone(),
        sender_name: Some(click.person.username.clone()).filter(|name| !name.is_empty()),
        message_id: click.post.id.clone(),
    });
    let outcome = match deps.questions.ask(&deps.context, account_id, chosen).await {
        Ok(HostAnswer::Chosen(chosen)) => Ok(chosen.outcome),
        Ok(HostAnswer::Failed { reason }) | Err(Unanswered::Failed(reason)) => Err(reason),
        Ok(HostAnswer::Unknown {}) | Err(Unanswered::NotKnown) => {
            Err("the host asks no questions".to_owned())
        }
        Ok(_) => Err("the host answered something else".to_owned()),
        Err(Unanswered::Closed) => Err("the host is going down".to_owned()),
    };
    match outcome {
        Ok(Choice::Answered) => answered(deps, click).await,
        Ok(Choice::Closed) => {
            seen_by_clicker("This question was answered before, or nobody waits for the answer any more.")
        }
        Ok(Choice::Denied) => Refused::NotHeard("this conversation".to_owned()).response(),
        Err(reason) => {
            tracing::error!(
                account = %account_id,
                "mattermost interaction: an answer to the question {} cannot be given: {}",
                quoted(question_id), quoted(&reason)
            );
            seen_by_clicker("Your answer could not be passed on: please click again.")
        }
    }
}

/// Which option of which question.
fn read(context: &Map<String, Value>) -> Option<(&str, u32)> {
    let question_id = context.get(QUESTION_ID)?.as_str()?;
    let index = context.get(OPTION_INDEX)?;
    // The server may store a whole number with a point.
    let whole = index.as_f64().filter(|index| index.fract() == 0.0 && (0.0..1e9).contains(index));
    let index = index.as_u64().or_else(|| whole.map(|index| index as u64))?;
    (context.get(QUESTION)? == &Value::Bool(true)).then_some((question_id, u32::try_from(index).ok()?))
}

/// The answer takes the place of the buttons.
async fn answered(deps: &Deps, click: &Click) -> HttpResponse {
    let name = match click.person.username.as_str() {
        "" => &click.person.id,
        name => name,
    };
    let line = confirm::line(&click.label, name);
    let told = format!("Your answer: **{}**", confirm::quiet(&click.label));
    let patch = PostPatch { props: Some(confirm::props(&click.post, &line)), ..PostPatch::default() };
    if change(deps, &click.client, &click.post.id, patch).await {
        return seen_by_clicker(&told);
    }
    let update = update(&click.client, &click.post, &line).await;
    see_to_it(deps, click.client.clone(), click.post.id.clone(), line);
    json(200, &value!({ "update": update, "ephemeral_text": told }))
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    // covers: B26
    #[test]
    fn an_answer_names_its_question_and_its_option() {
        let read = |value: serde_json::Value| {
            read(value.as_object().unwrap()).map(|(id, index)| (id.to_owned(), index))
        };
        let whole = |index: serde_json::Value| json!({ "oc_question": true, "question_id": "q1", "option_index": index });
        assert_eq!(read(whole(json!(0))), Some(("q1".to_owned(), 0)));
        assert_eq!(read(whole(json!(3.0))), Some(("q1".to_owned(), 3)));
        for index in [json!(-1), json!(1.5), json!("1"), json!(null), json!(1e12)] {
            assert_eq!(read(whole(index.clone())), None, "{index}");
        }
        assert_eq!(read(json!({ "oc_question": false, "question_id": "q1", "option_index": 0 })), None);
        assert_eq!(read(json!({ "oc_question": true, "question_id": 1, "option_index": 0 })), None);
        assert_eq!(read(json!({ "question_id": "q1", "option_index": 0 })), None);
    }
}
