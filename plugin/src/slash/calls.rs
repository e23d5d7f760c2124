//! A slash command from its arrival to its effect. The order of the checks is fixed: nothing that costs a call to the
//! server happens before the token is proven, and nothing has an effect before everything is.

use super::accepted::{self, Accepted};
use super::live::Checked;
use super::matching::{Match, Served};
use super::payload::{Payload, header_token};
use super::places::place;
use super::secret::Fingerprint;
use super::words::Answer;
use crate::account::{Account, Accounts, Deps, pairing_text};
use crate::interactive::{Complaints, Pairing, People, Person, Standing, standing};
use crate::quoted::quoted;
use host_sdk::protocol::{BodyProblem, CommandFacts, HttpRequest, HttpResponse};
use mattermost_client::Client;
use std::sync::Arc;
use std::time::Duration;

/// The longest body, in bytes.
const BODY: usize = 65_536;
/// How long the host may take to say who was approved by pairing: the caller waits, and the server gives up after 30 s.
const STANDING: Duration = Duration::from_secs(12);
/// How long the server may take to say who somebody is.
const PERSON: Duration = Duration::from_secs(5);

/// Serves calls. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Calls {
    deps: Deps,
    accounts: Arc<Accounts>,
    people: People,
    complaints: Arc<Complaints>,
}

/// A call whose token is proven.
pub(crate) struct Proven {
    account: Arc<Account>,
    client: Client,
    payload: Payload,
    served: Served,
}

impl Calls {
    pub(crate) fn new(deps: Deps, accounts: Arc<Accounts>, people: People) -> Self {
        Self { deps, accounts, people, complaints: Arc::default() }
    }

    /// What can be answered before the body is read.
    ///
    /// # Errors
    /// The response.
    pub(crate) fn may_come(&self, request: &HttpRequest) -> Result<(), HttpResponse> {
        if request.method != "POST" {
            return Err(Answer::Method.response());
        }
        if !self.deps.slash.is_active() {
            return Err(Answer::NotActive.response());
        }
        Ok(())
    }

    /// Among whose open requests a request counts: a command's own, if it carries its token where that is seen before the
    /// body is; else everybody's.
    pub(crate) fn bucket(&self, request: &HttpRequest) -> String {
        let token = header_token(request.header("authorization"));
        let owner = token.and_then(|token| self.deps.slash.owner(Fingerprint::of(token)));
        owner.map_or_else(|| "slash".to_owned(), |owner| format!("slash {owner}"))
    }

    /// Too many requests of a bucket are open.
    pub(crate) fn too_many() -> HttpResponse {
        Answer::TooMany.response()
    }

    /// Whether the token of a request is its command's, and the command still stands on the server.
    ///
    /// # Errors
    /// The response to one that is refused.
    pub(crate) async fn prove(&self, request: &HttpRequest) -> Result<Proven, HttpResponse> {
        self.proven(request).await.map_err(|answer| answer.response())
    }

    async fn proven(&self, request: &HttpRequest) -> Result<Proven, Answer> {
        match request.body_problem {
            Some(BodyProblem::TooLarge) => return Err(Answer::TooLarge),
            Some(BodyProblem::Timeout) => return Err(Answer::Timeout),
            Some(_) => return Err(Answer::Body),
            None => {}
        }
        let body = request.body.as_deref().unwrap_or_default();
        if body.len() > BODY {
            return Err(Answer::TooLarge);
        }
        let content_type = request.header("content-type").unwrap_or_default();
        let payload = Payload::parse(body, content_type).ok_or(Answer::Body)?;
        // A proxy or an outgoing OAuth connection may have replaced the header: then the field alone counts.
        let token = match (header_token(request.header("authorization")), payload.token.as_str()) {
            (None, "") => return Err(Answer::Body),
            (None, field) => Fingerprint::of(field),
            (Some(header), "") => Fingerprint::of(header),
            (Some(header), field) => {
                let token = Fingerprint::of(field);
                if !token.is(Fingerprint::of(header)) {
                    self.complain("", "token mismatch", "the header's token is not the field's");
                    return Err(Answer::Token);
                }
                token
            }
        };
        let (account_id, served) = self.find(token, &payload)?;
        let account = self.accounts.get(Some(&account_id)).map_err(|_| Answer::Token)?;
        let client = account.client().map_err(|_| Answer::Token)?;
        match self.deps.slash.live().check(&self.deps, &account_id, &client, &served).await {
            Checked::Stands => {}
            Checked::NotShown => {
                // The server said before who may call with this token; the status says what is wrong with the rights.
                self.deps.slash.suspect(&account_id);
                self.complain_of_rights(&account_id);
            }
            Checked::Gone => {
                self.deps.slash.suspect(&account_id);
                let what = format!("/{} is not registered any more as it was", quoted(&payload.trigger));
                self.complain(&account_id, "gone", &what);
                return Err(Answer::Token);
            }
            Checked::Unknown => return Err(Answer::Unchecked),
        }
        // It may have been stopped meanwhile.
        if !self.accounts.runs(&account_id) {
            return Err(Answer::NotActive);
        }
        Ok(Proven { account, client, payload, served })
    }

    fn find(&self, token: Fingerprint, payload: &Payload) -> Result<(String, Served), Answer> {
        let trigger = quoted(&payload.trigger);
        match self.deps.slash.find(token, &payload.team_id, &payload.trigger) {
            Match::One { account_id, served } => Ok((account_id, served)),
            Match::Nobody => {
                self.complain(
                    "",
                    "unknown token",
                    &format!("/{trigger} came with a token that is not known"),
                );
                Err(Answer::Token)
            }
            Match::OtherCommand => {
                self.complain(
                    "",
                    "other command",
                    &format!("/{trigger} came with the token of another command"),
                );
                Err(Answer::Token)
            }
            Match::WrongToken { account_id } => {
                // Somebody may have given the command another token.
                self.deps.slash.suspect(&account_id);
                self.complain(&account_id, "wrong token", &format!("/{trigger} came with a wrong token"));
                Err(Answer::Token)
            }
            Match::Several { by_token, account_ids } => {
                if let Some(count) = self.complaints.worth("", "several") {
                    tracing::warn!(
                        count,
                        "slash command /{trigger} matched multiple accounts ({}): give each account a bot of its own, or switch commands.native off for all but one",
                        account_ids.join(", ")
                    );
                }
                Err(Answer::Several { by_token })
            }
        }
    }

    /// Answer a call whose token is proven.
    pub(crate) async fn answer(&self, proven: Proven) -> HttpResponse {
        match self.obeyed(proven).await {
            Ok(answer) | Err(answer) => answer.response(),
        }
    }

    async fn obeyed(&self, proven: Proven) -> Result<Answer, Answer> {
        let Proven { account, client, payload, served } = proven;
        let place = place(&self.deps, &account, &client, &payload).await?;
        let person = self.person(&account, &client, &payload.user_id).await?;
        let bot = account.known_bot().map(|bot| bot.id);
        let kind = place.room.kind;
        let asking = standing(&self.deps, &account.config, kind, &person, bot.as_deref(), Pairing::Create);
        let standing = tokio::time::timeout(STANDING, asking).await.unwrap_or(Standing::NotNow);
        let (access, commands) = match standing {
            Standing::Heard { access, commands } => (access, commands),
            Standing::Stranger { code: Some(code), approve_command, .. } => {
                self.not_heard(&account, &person, &payload, "dm_not_paired");
                let text = pairing_text(&person.id, &code, approve_command.as_deref());
                return Err(Answer::Stranger { text });
            }
            Standing::Stranger { code: None, .. } => {
                self.not_heard(&account, &person, &payload, "dm_not_paired");
                return Err(Answer::TooManyStrangers);
            }
            Standing::Refused(reason) => {
                self.not_heard(&account, &person, &payload, reason);
                return Err(Answer::NotHeard(reason));
            }
            Standing::NotNow => return Err(Answer::Unknown),
        };
        let text = accepted::text(&served.command, &payload.text);
        let is_control = self.deps.commands.is_control(&text);
        if is_control && !commands {
            self.not_heard(&account, &person, &payload, "command_not_authorized");
            return Err(Answer::NotCommanding);
        }
        tracing::info!(account = %account.config.id, "slash command /{} from {} in {}", quoted(&payload.trigger), person.id, place.room.channel.id);
        let facts = CommandFacts { is_control, authorized: commands, native: true };
        let accepted = Accepted { account, payload, place, person, text, facts, access };
        Ok(accepted::accept(&self.deps, accepted).await)
    }

    async fn person(&self, account: &Account, client: &Client, user_id: &str) -> Result<Person, Answer> {
        match tokio::time::timeout(PERSON, self.people.person(client, user_id)).await {
            Ok(Ok(person)) => Ok(person),
            Ok(Err(error)) if error.is_not_found() => Err(Answer::NotCommanding),
            Ok(Err(error)) => {
                tracing::info!(account = %account.config.id, "slash command handler error: who {user_id} is cannot be asked: {}", quoted(&error.to_string()));
                Err(Answer::Unknown)
            }
            Err(_) => Err(Answer::Unknown),
        }
    }

    fn not_heard(&self, account: &Account, person: &Person, payload: &Payload, reason: &str) {
        let id = &account.config.id;
        self.deps.book.count(id, reason);
        // The caller sees one word; an operator wants to know whom to list.
        if let Some(count) = self.complaints.worth(id, "not heard") {
            tracing::info!(account = %id, reason, count, "drop slash command /{} of user {}: allowFrom and groupAllowFrom say who may give it", quoted(&payload.trigger), person.id);
        }
    }

    fn complain_of_rights(&self, account_id: &str) {
        if let Some(count) = self.complaints.worth(account_id, "not shown") {
            tracing::info!(account = %account_id, count, "the server does not let the bot see its slash commands: a remembered token decided");
        }
    }

    fn complain(&self, account_id: &str, kind: &'static str, what: &str) {
        if let Some(count) = self.complaints.worth(account_id, kind) {
            tracing::info!(account = %account_id, count, "slash command refused: {what}");
        }
    }
}
