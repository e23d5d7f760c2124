//! The paths that the host is to serve.

use crate::callbacks::{Urls, interaction_path};
use crate::config::{AccountConfig, callback_path};
use host_sdk::protocol::{HttpRoute, HttpRoutes, RoutePurpose};
use std::collections::BTreeMap;

/// Bodies that are read at most, in bytes.
pub(super) const BODY: u64 = 65_536;
/// How long the body of a click, and of a slash command, may take. Milliseconds.
pub(super) const CLICK_MS: u64 = 10_000;
pub(super) const COMMAND_MS: u64 = 5_000;
/// Requests of a route that may be open at once.
pub(super) const OPEN: u32 = 64;

/// The path of every account's slash commands that was official from the beginning: it answers even where another one is
/// configured.
pub(super) const COMMANDS: &str = "/api/channels/mattermost/command";

/// All paths of these accounts.
pub(super) fn routes<'a>(urls: Urls, accounts: impl Iterator<Item = &'a AccountConfig>) -> HttpRoutes {
    let mut clicks = Vec::new();
    // Accounts may share a path.
    let mut commands: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    commands.insert(COMMANDS.to_owned(), Default::default());
    for account in accounts.filter(|account| account.enabled) {
        clicks.push(HttpRoute {
            path: interaction_path(&account.id),
            // What no server can be told to call is not told.
            public_urls: match account.interactions.problem() {
                None => vec![urls.interactions(account)],
                Some(_) => Vec::new(),
            },
            purpose: RoutePurpose::Interactions,
            account_ids: vec![account.id.clone()],
            max_body_bytes: BODY,
            body_timeout_ms: CLICK_MS,
            max_in_flight: OPEN,
        });
        for path in command_paths(account) {
            let (ids, public) = commands.entry(path).or_default();
            ids.push(account.id.clone());
            let url = urls.commands(account);
            if account.commands.native && account.commands.problem().is_none() && !public.contains(&url) {
                public.push(url);
            }
        }
    }
    let commands = commands.into_iter().map(|(path, (account_ids, public_urls))| HttpRoute {
        path,
        public_urls,
        purpose: RoutePurpose::Commands,
        account_ids,
        max_body_bytes: BODY,
        body_timeout_ms: COMMAND_MS,
        max_in_flight: OPEN,
    });
    HttpRoutes { routes: clicks.into_iter().chain(commands).collect() }
}

/// The paths on which an account's slash commands may arrive: the configured one, and that of its whole URL.
pub(super) fn command_paths(account: &AccountConfig) -> Vec<String> {
    let mut paths = vec![account.commands.callback_path.clone()];
    let of_url = account.commands.callback_url.as_deref().and_then(callback_path).map(str::to_owned);
    paths.extend(of_url);
    paths.sort();
    paths.dedup();
    paths
}
