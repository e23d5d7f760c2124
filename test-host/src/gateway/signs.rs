//! What an agent shows while it works, on its way to the channel.

use super::start::Channel;
use crate::agent::{Sign, Voice};
use host_sdk::protocol::{
    DeliveryKind, Error, ErrorCode, HandleRequest, InboundMessage, Outbound, Speaker, TurnEnd,
};
use std::sync::Arc;
use std::time::Duration;

/// So long the answer waits for the signs that came before it. Each completes at once, so this is for a channel that does
/// not.
const LAST_SIGNS: Duration = Duration::from_secs(5);

/// Let an agent work, and hand over with `send` what it shows: one sign after the other, all of them before the answer is
/// returned. A sign that is not taken is not shown; that is no reason to fail.
pub async fn during<T, F>(work: impl Future<Output = T>, voice: &Voice, send: impl FnMut(Sign) -> F) -> T
where
    F: Future<Output = Result<(), Error>>,
{
    let showing = show(voice, send);
    let working = async {
        let done = work.await;
        voice.close();
        done
    };
    tokio::pin!(showing, working);
    // While it works the voice is open, so showing does not end before it.
    let done = tokio::select! {
        done = &mut working => done,
        () = &mut showing => return working.await,
    };
    if tokio::time::timeout(LAST_SIGNS, showing).await.is_err() {
        tracing::debug!("the last signs of life of a turn were not taken in time");
    }
    done
}

async fn show<F>(voice: &Voice, mut send: impl FnMut(Sign) -> F)
where
    F: Future<Output = Result<(), Error>>,
{
    // What the channel does not show at all is not offered again in this turn.
    let mut refused = Vec::new();
    while let Some(sign) = voice.next().await {
        let kind = kind(&sign);
        if refused.contains(&kind) {
            continue;
        }
        if let Err(error) = send(sign).await {
            tracing::debug!("a sign of life ({kind:?}) is not shown: {error}");
            if error.code == ErrorCode::NotSupported {
                refused.push(kind);
            }
        }
    }
}

fn kind(sign: &Sign) -> DeliveryKind {
    match sign {
        Sign::Partial(_) => DeliveryKind::Partial,
        Sign::Block(_) => DeliveryKind::Block,
        Sign::Tool(_) => DeliveryKind::Tool,
        Sign::Plan(_) => DeliveryKind::Plan,
        Sign::Reasoning(_) => DeliveryKind::Reasoning,
    }
}

/// A delivery of this turn, without anything in it yet.
pub fn delivery(message: &InboundMessage) -> Outbound {
    Outbound {
        target: message.reply.target.clone(),
        thread_root_id: message.reply.thread_root_id.clone(),
        account_id: Some(message.account_id.clone()),
        event_id: Some(message.event_id.clone()),
        ..Outbound::default()
    }
}

/// Hand over one sign of life.
pub async fn send(
    channel: &Arc<Channel>,
    message: &InboundMessage,
    agent: Option<Speaker>,
    sign: Sign,
) -> Result<(), Error> {
    let mut outbound = Outbound { kind: kind(&sign), agent, ..delivery(message) };
    match sign {
        Sign::Partial(text) | Sign::Block(text) | Sign::Reasoning(text) => outbound.text = text,
        Sign::Tool(tool) => outbound.tool = Some(tool),
        Sign::Plan(plan) => outbound.plan = plan,
    }
    channel.instance.send(&outbound).await.map(drop)
}

/// The turn ends without an answer: what was shown of it goes.
pub async fn end(channel: &Channel, message: &InboundMessage) {
    let end = TurnEnd { account_id: Some(message.account_id.clone()), turn_id: message.event_id.clone() };
    if let Err(error) = channel.instance.handle(&HandleRequest::TurnEnd(end)).await {
        tracing::debug!("{} {}: the end of a turn was not taken: {error}", channel.id, message.account_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_sdk::protocol::ToolProgress;
    use std::cell::RefCell;

    fn tool(name: &str) -> ToolProgress {
        ToolProgress { name: name.to_owned(), ..ToolProgress::default() }
    }

    /// The signs that were handed over while `work` was done, each of which takes a moment.
    async fn handed_over(work: impl AsyncFnOnce(&Voice)) -> Vec<Sign> {
        let (voice, signs, at_once) = (Voice::default(), RefCell::default(), RefCell::new(0));
        let slow = |sign: Sign| {
            *at_once.borrow_mut() += 1;
            assert_eq!(*at_once.borrow(), 1, "one after the other");
            let (signs, at_once) = (&signs, &at_once);
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                RefCell::<Vec<Sign>>::borrow_mut(signs).push(sign);
                *at_once.borrow_mut() -= 1;
                Ok(())
            }
        };
        during(work(&voice), &voice, slow).await;
        signs.into_inner()
    }

    #[tokio::test]
    async fn while_a_text_is_on_its_way_only_the_newest_waits() {
        let signs = handed_over(async |voice| {
            for number in 0..50 {
                voice.say(&format!("{number} "));
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
        let texts: Vec<&String> = signs
            .iter()
            .map(|sign| match sign {
                Sign::Partial(text) => text,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!((2..40).contains(&texts.len()), "{} of 50", texts.len());
        assert!(texts.windows(2).all(|two| two[1].starts_with(two[0].as_str())), "{texts:?}");
        assert!(texts.last().unwrap().ends_with("49 "), "{texts:?}");
    }

    #[tokio::test]
    async fn everything_is_handed_over_in_its_order_before_the_answer() {
        let signs = handed_over(async |voice| {
            voice.tool(tool("one"));
            voice.say("so far");
            voice.tool(tool("two"));
            voice.block("a part");
        })
        .await;
        let expected = [
            Sign::Tool(tool("one")),
            Sign::Partial("so far".to_owned()),
            Sign::Tool(tool("two")),
            Sign::Block("a part".to_owned()),
        ];
        assert_eq!(signs, expected);
    }

    #[tokio::test]
    async fn what_a_channel_does_not_show_is_offered_once_and_the_rest_goes_on() {
        let (voice, offered) = (Voice::default(), RefCell::<Vec<DeliveryKind>>::default());
        let refuse = |sign: Sign| {
            offered.borrow_mut().push(kind(&sign));
            let failed = match sign {
                Sign::Reasoning(_) => Error::not_supported("no thoughts"),
                _ => Error::new(ErrorCode::Busy, "later"),
            };
            async { Err(failed) }
        };
        let work = async {
            for _ in 0..3 {
                voice.think("hm");
                tokio::time::sleep(Duration::from_millis(5)).await;
                voice.tool(tool("search"));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            "answer"
        };
        assert_eq!(during(work, &voice, refuse).await, "answer");
        use DeliveryKind::{Reasoning, Tool};
        assert_eq!(*offered.borrow(), [Reasoning, Tool, Tool, Tool]);
    }
}
