//! A click from its arrival to its effect. The order of the checks is fixed: nothing that costs a call to the server
//! happens before the signature is proven, and nothing has an effect before everything is.

use super::claims::Claims;
use super::payload::Payload;
use super::refused::Refused;
use super::{confirm, plain, special};
use crate::account::{Account, Deps};
use crate::buttons::{NotSigned, Signer, keys};
use crate::callbacks::{Source, client_address, is_allowed};
use crate::interactive::complaints::Complaints;
use crate::interactive::people::{People, Person, Room};
use crate::interactive::standing::{Pairing, Standing, standing};
use crate::outbox::Mark;
use crate::picker::Order;
use crate::quoted::quoted;
use crate::status::now_ms;
use host_sdk::protocol::{BodyProblem, ChatKind, HttpRequest, HttpResponse};
use mattermost_client::Client;
use mattermost_client::model::Post;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// How long everything may take that has to be asked: servers wait 30 s for an answer to a click.
const PROVEN: Duration = Duration::from_secs(20);

/// Serves clicks. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Clicks {
    pub(super) deps: Deps,
    pub(super) people: People,
    /// What is chosen in pickers.
    pub(super) picks: Order,
    complaints: Arc<Complaints>,
}

/// A click of which everything is proven: the button is ours, it stands on this post, and its clicker is heard.
#[derive(Clone)]
pub(crate) struct Click {
    pub account: Arc<Account>,
    pub client: Client,
    pub post: Post,
    pub room: Room,
    pub person: Person,
    pub action_id: String,
    pub label: String,
    /// What was signed.
    pub context: Map<String, Value>,
    /// The server's own id of this click.
    pub trigger_id: String,
    /// Why its clicker is heard.
    pub access: String,
    /// He may give commands.
    pub commands: bool,
}

impl Clicks {
    pub(crate) fn new(deps: Deps, people: People) -> Self {
        Self { deps, people, picks: Order::default(), complaints: Arc::default() }
    }

    pub(super) fn claims(&self) -> &Claims {
        &self.deps.claims
    }

    /// Whether a request may come from where it comes from.
    ///
    /// # Errors
    /// The response to one that may not.
    pub(crate) fn judge_source(&self, account: &Account, request: &HttpRequest) -> Result<(), HttpResponse> {
        let config = &account.config;
        let forwarded: Vec<&str> = request
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case("x-forwarded-for"))
            .map(|header| header.value.as_str())
            .collect();
        let source = Source {
            peer: request.peer.as_deref(),
            forwarded_for: &forwarded,
            real_ip: request.header("x-real-ip"),
        };
        let address = client_address(source, &config.gateway);
        if address.is_some_and(|ip| is_allowed(&config.interactions.allowed_source_ips, ip)) {
            return Ok(());
        }
        let from = address.map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_string());
        self.complain(
            &config.id,
            "rejected callback source",
            &format!(
                "rejected callback source {from}: add it to channels.mattermost.interactions.allowedSourceIps if it is your server"
            ),
        );
        Err(Refused::Source.response())
    }

    /// Answer a click whose body is there.
    pub(crate) async fn answer(&self, account: &Arc<Account>, request: &HttpRequest) -> HttpResponse {
        let proving = tokio::time::timeout(PROVEN, self.proven(account, request)).await;
        match proving.unwrap_or_else(|_| {
            Err(self.no(
                &account.config.id,
                "failed to validate post: no answer in time",
                Refused::NotValidated,
            ))
        }) {
            Ok(click) => {
                tracing::info!(
                    account = %account.config.id,
                    "mattermost interaction: action={} user={} post={} channel={}",
                    quoted(&click.action_id), click.person.id, click.post.id, click.room.channel.id
                );
                match special::answer(self, &click).await {
                    Some(response) => response,
                    None => plain::answer(self, click).await,
                }
            }
            Err(refused) => refused.response(),
        }
    }

    /// Everything that has to be true of a click, in its order.
    async fn proven(&self, account: &Arc<Account>, request: &HttpRequest) -> Result<Click, Refused> {
        let id = &account.config.id;
        match request.body_problem {
            Some(BodyProblem::TooLarge) => return Err(Refused::TooLarge),
            Some(BodyProblem::Timeout) => return Err(Refused::Timeout),
            Some(_) => return Err(self.no(id, "failed to parse body", Refused::Body)),
            None => {}
        }
        let body = request.body.as_deref().unwrap_or_default();
        if body.len() as u64 > crate::interactive::routes::BODY {
            return Err(Refused::TooLarge);
        }
        let Some(payload) = Payload::parse(body) else {
            return Err(self.no(id, "failed to parse body", Refused::Body));
        };
        let Some(context) = &payload.context else { return Err(Refused::NoContext) };
        let Some(token) = &account.config.token else { return Err(Refused::NotRunning) };
        match Signer::of_token(token).verify(context) {
            Ok(()) => {}
            Err(NotSigned::Missing) => {
                return Err(self.no(id, "missing _token in context", Refused::NoToken));
            }
            Err(NotSigned::Invalid) => return Err(self.no(id, "invalid _token", Refused::WrongToken)),
        }
        let text = |key: &str| context.get(key).and_then(Value::as_str);
        let Some(action_id) = text(keys::ACTION_ID).map(str::to_owned) else { return Err(Refused::NoAction) };
        if context.get(keys::CHANNEL_ID).is_some()
            && text(keys::CHANNEL_ID) != Some(payload.channel_id.as_str())
        {
            return Err(self.no(id, "signed channel mismatch", Refused::Channel));
        }
        if !payload.names_all() {
            return Err(self.no(id, "failed to parse body", Refused::Body));
        }
        if context.get(keys::EXPIRES_AT).is_some_and(|at| !at.as_f64().is_some_and(|at| at > now_ms() as f64))
        {
            return Err(Refused::Expired);
        }
        let client = account.client().map_err(|_| Refused::NotRunning)?;
        let post = self.post(id, &client, &payload.post_id).await?;
        if post.channel_id != payload.channel_id {
            return Err(self.no(id, "post channel mismatch", Refused::PostChannel));
        }
        if let Some(delivery) = context.get(keys::DELIVERY)
            && Mark::of(&post).is_none_or(|mark| delivery.as_str() != Some(mark.delivery.as_str()))
        {
            return Err(self.no(id, "signed post mismatch", Refused::Post));
        }
        let Some(label) = confirm::label(&post, &action_id) else {
            // Those who click while the buttons are being replaced learn who was first.
            if let Some(winner) = self.claims().winner(&post.id) {
                return Err(Refused::Late(winner));
            }
            let what = format!("action {} not found in post {}", quoted(&action_id), post.id);
            self.complain(id, "not found in post", &what);
            return Err(Refused::Unknown);
        };
        self.authorised(account, client, payload, post, (action_id, label)).await
    }

    async fn authorised(
        &self,
        account: &Arc<Account>,
        client: Client,
        payload: Payload,
        post: Post,
        (action_id, label): (String, String),
    ) -> Result<Click, Refused> {
        let config = &account.config;
        let unknown = Refused::NotHeard(format!("#{}", payload.channel_id));
        let failed = |error: &dyn std::fmt::Display| {
            self.complain(&config.id, "authorization failed", &format!("authorization failed: {error}"));
            Refused::NotAuthorised
        };
        let room = match self.people.room(&config.id, &client, &payload.channel_id).await {
            Ok(Some(room)) => room,
            Ok(None) => return Err(unknown),
            Err(error) if error.is_not_found() || error.status() == Some(403) => return Err(unknown),
            Err(error) => return Err(failed(&error)),
        };
        let person = match self.people.person(&client, &payload.user_id).await {
            Ok(person) => person,
            Err(error) if error.is_not_found() => return Err(unknown),
            Err(error) => return Err(failed(&error)),
        };
        let bot = account.known_bot().map(|bot| bot.id);
        let standing = standing(&self.deps, config, room.kind, &person, bot.as_deref(), Pairing::Look).await;
        let (access, commands) = match standing {
            Standing::Heard { access, commands } => (access, commands),
            Standing::NotNow => return Err(failed(&"the host cannot tell who was approved by pairing")),
            Standing::Refused(_) | Standing::Stranger { .. } => {
                let label = match room.kind {
                    ChatKind::Direct => "this conversation".to_owned(),
                    _ => crate::turn::label(
                        false,
                        "",
                        &room.channel.name,
                        &room.channel.display_name,
                        &room.channel.id,
                    ),
                };
                self.deps.book.count(&config.id, "click_not_heard");
                return Err(Refused::NotHeard(label));
            }
        };
        let mut context = payload.context.unwrap_or_default();
        context.remove(keys::TOKEN);
        Ok(Click {
            account: account.clone(),
            client,
            post,
            room,
            person,
            action_id,
            label,
            context,
            trigger_id: payload.trigger_id,
            access,
            commands,
        })
    }

    async fn post(&self, account_id: &str, client: &Client, post_id: &str) -> Result<Post, Refused> {
        let brake = self.deps.brakes.of(client.server().as_str());
        brake.ready().await;
        client.post(post_id).await.map_err(|error| {
            brake.heed(&error);
            self.complain(
                account_id,
                "failed to validate post",
                &format!("failed to validate post {post_id}: {error}"),
            );
            Refused::NotValidated
        })
    }

    fn no(&self, account_id: &str, kind: &'static str, refused: Refused) -> Refused {
        self.complain(account_id, kind, kind);
        refused
    }

    fn complain(&self, account_id: &str, kind: &'static str, what: &str) {
        if let Some(count) = self.complaints.worth(account_id, kind) {
            // People see no more than "Action integration error."; an operator has to find the reason here.
            tracing::warn!(account = %account_id, count, "mattermost interaction: {what}");
        }
    }
}
