//! A picker's post shows something else.

use super::views::Face;
use crate::account::{Account, Deps};
use crate::buttons::{Binding, Signer, attachments};
use crate::interactive::{change, json};
use crate::outbox::Mark;
use crate::status::now_ms;
use host_sdk::protocol::HttpResponse;
use mattermost_client::model::{Post, Props};
use mattermost_client::{Client, PostPatch};
use serde_json::json as value;

/// Change a picker's post. The response to the click that asked for it: when the server does not take the change, it is
/// asked to make it itself.
pub(super) async fn show(
    deps: &Deps,
    account: &Account,
    client: &Client,
    post: &Post,
    face: Face,
) -> HttpResponse {
    let long_ids = !face.buttons.is_empty() && account.wants_long_ids().await;
    let props = props(deps, account, (client, post), &face, long_ids);
    let patch =
        PostPatch { message: Some(face.text.clone()), props: Some(props.clone()), ..PostPatch::default() };
    if change(deps, client, &post.id, patch).await {
        return json(200, &value!({}));
    }
    json(200, &value!({ "update": { "message": face.text, "props": props } }))
}

/// The post's properties with these buttons, bound to it as those before were.
fn props(
    deps: &Deps,
    account: &Account,
    (client, post): (&Client, &Post),
    face: &Face,
    long_ids: bool,
) -> Props {
    let mark = Mark::of(post);
    let binding = Binding {
        channel_id: Some(&post.channel_id),
        long_ids,
        delivery: mark.as_ref().map(|mark| mark.delivery.as_str()),
        expires_at: account.config.buttons_expire_ms.map(|life| now_ms().saturating_add(life)),
    };
    let url = deps.urls.interactions(&account.config);
    let cards = attachments(&face.buttons, "", (&url, &Signer::of_token(client.token())), binding);
    let mut props = post.props.clone();
    props.insert("attachments".to_owned(), cards);
    props
}
