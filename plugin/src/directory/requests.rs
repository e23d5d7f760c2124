//! Each request to the part that serves it.

use super::describe::resolve;
use super::lists;
use super::server::Server;
use crate::account::Accounts;
use crate::brake::Brakes;
use crate::outbox::Target;
use host_sdk::protocol::{Directory, Error, HandleRequest, ResolveTarget, ResolvedTarget};
use serde_json::{Value, json};
use std::sync::Arc;

/// Looks people, channels and targets up.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The accounts that may be asked.
    pub accounts: Arc<Accounts>,
    /// The servers' brakes.
    pub brakes: Arc<Brakes>,
}

impl Desk {
    /// Answer one of the requests `directory.*` and `targets.resolve`.
    ///
    /// # Errors
    /// As the request says; `NOT_SUPPORTED` for any other.
    pub(crate) async fn answer(&self, request: HandleRequest) -> Result<Value, Error> {
        let list = |found: Result<Directory, Error>| found.map(|found| json!(found));
        let (accounts, brakes) = (&*self.accounts, &*self.brakes);
        match request {
            HandleRequest::DirectorySelf(which) => list(lists::myself(accounts, brakes, &which).await),
            HandleRequest::DirectoryPeers(query) => list(lists::peers(accounts, brakes, &query).await),
            HandleRequest::DirectoryGroups(query) => list(lists::groups(accounts, brakes, &query).await),
            HandleRequest::DirectoryMembers(which) => list(lists::members(accounts, brakes, &which).await),
            HandleRequest::TargetsResolve(which) => self.resolve(&which).await.map(|found| json!(found)),
            _ => Err(Error::not_supported("this is not a question for the directory")),
        }
    }

    async fn resolve(&self, which: &ResolveTarget) -> Result<ResolvedTarget, Error> {
        let target = Target::parse(&which.target)?;
        let server = Server::of(self.accounts.get(which.account_id.as_deref())?, &self.brakes)?;
        resolve(&server, &target).await
    }
}
