//! The whole section: which accounts there are, and which one is used when none is named.

use super::access::group_warnings;
use super::account::{AccountConfig, Around, DEFAULT_ID, combine};
use super::check::{Problem, wrong};
use super::env::{Env, TOKEN_VARIABLE};
use super::mention::pattern_warnings;
use super::node::{Layers, Node, merge};
use super::section::{PATH, Section};
use super::table::{ACCOUNT, IDLE};
use super::{check, reliability};
use host_sdk::protocol::{Error, ErrorCode};
use serde_json::{Map, Value};

/// `channels.mattermost`, read.
#[derive(Clone, Debug)]
pub struct ChannelConfig {
    /// Every account, sorted by id. Never empty.
    pub accounts: Vec<AccountConfig>,
    /// The account that is used when none is named.
    pub default_account: String,
    /// What is wrong with the section's own keys; the accounts that take them from it have the same among theirs.
    pub problems: Vec<Error>,
    /// What an operator should know although it stops nothing.
    pub warnings: Vec<String>,
    /// How much of what was missed is read.
    pub catch_up: crate::catchup::Limits,
    /// Messages of one person in one conversation that follow each other this closely become one; zero: none do.
    pub debounce: std::time::Duration,
}

impl ChannelConfig {
    /// Read the section out of the host's whole configuration. A missing section is an empty one.
    ///
    /// # Errors
    /// `CONFIG` when the section as a whole cannot be read; what is wrong with one account is its own `problem`.
    pub fn read(config: &Value, env: &Env) -> Result<Self, Error> {
        let empty = Map::new();
        let channels = object(config, "the configuration")?.and_then(|config| config.get("channels"));
        let channels = channels.map(|channels| object(channels, "channels")).transpose()?.flatten();
        let section = channels.and_then(|channels| channels.get("mattermost"));
        let root = section.map(|section| object(section, PATH)).transpose()?.flatten().unwrap_or(&empty);
        let at_root = check::section(root, PATH);
        // Without these nobody can say which accounts there are, or what was meant for all of them.
        let decisive = |problem: &&Problem| {
            !ACCOUNT.iter().any(|key| key.name == problem.key) || problem.key == "enabled"
        };
        let mut fatal: Vec<Error> =
            at_root.iter().filter(decisive).map(|problem| problem.error.clone()).collect();
        fatal.extend(check::own(config.into()));
        if let Some(error) = combine(&fatal) {
            return Err(error);
        }

        let mut warnings = Vec::new();
        warn_without_effect(&mut warnings, root, PATH);

        let named = root.get("accounts").map(|value| object(value, &format!("{PATH}.accounts")));
        let mut found: Vec<Found<'_>> = Vec::new();
        for (key, value) in named.transpose()?.flatten().unwrap_or(&empty) {
            let path = format!("{PATH}.accounts.{key}");
            let own = object(value, &path)?.unwrap_or(&empty);
            warn_without_effect(&mut warnings, own, &path);
            let id = canonical_id(key);
            if found.iter().any(|account| account.id == id) {
                return Err(Error::config(
                    &path,
                    format!("{path}: another key means the account \"{id}\" too"),
                ));
            }
            found.push(Found { id, own: Some((own, path)) });
        }
        let only_account = found.len() <= 1;
        let listed = |id: &str, found: &[Found<'_>]| found.iter().any(|account| account.id == id);
        if !listed(DEFAULT_ID, &found) && (found.is_empty() || implicit_default(root, env)) {
            found.push(Found { id: DEFAULT_ID.to_owned(), own: None });
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));

        let wanted = Node::from(root).text("defaultAccount").map(canonical_id);
        let default_account = wanted
            .filter(|id| listed(id, &found))
            .or_else(|| listed(DEFAULT_ID, &found).then(|| DEFAULT_ID.to_owned()))
            .or_else(|| found.first().map(|account| account.id.clone()))
            .unwrap_or_else(|| DEFAULT_ID.to_owned());

        let whole = Node::from(config);
        let mut accounts = Vec::with_capacity(found.len());
        for Found { id, own } in found {
            let merged = merge(root, own.as_ref().map_or(&empty, |(own, _)| own));
            let layers = Layers {
                config: whole,
                root: root.into(),
                own: own.as_ref().map(|(own, _)| Node::from(*own)).unwrap_or_default(),
                merged: (&merged).into(),
            };
            let mut problems = own.as_ref().map(|(own, path)| check::account(own, path)).unwrap_or_default();
            problems.extend(at_root.iter().filter(|problem| inherits(layers.own, &problem.key)).cloned());
            let around = Around {
                env,
                section_missing: section.is_none(),
                only_account,
                default_account: &default_account,
                problems: &problems,
            };
            let section = Section { root, account: own };
            accounts.push(AccountConfig::read(&id, &layers, &around, &section));
        }
        warnings.extend(group_warnings(whole));
        warnings.extend(pattern_warnings(whole));
        for account in accounts.iter().filter(|account| account.enabled && account.problem.is_none()) {
            warnings.extend(account.warnings());
        }
        let (catch_up, debounce) = (reliability::limits(whole), reliability::debounce(config)?);
        let problems = at_root.into_iter().map(|problem| problem.error).collect();
        Ok(Self { accounts, default_account, problems, warnings, catch_up, debounce })
    }

    /// An account by id, or the default one.
    ///
    /// # Errors
    /// `NOT_FOUND` with the ids that there are.
    pub fn account(&self, id: Option<&str>) -> Result<&AccountConfig, Error> {
        let id = id.map_or_else(|| self.default_account.clone(), canonical_id);
        self.accounts.iter().find(|account| account.id == id).ok_or_else(|| {
            let known: Vec<&str> = self.accounts.iter().map(|account| account.id.as_str()).collect();
            Error::new(
                ErrorCode::NotFound,
                format!("there is no Mattermost account \"{id}\"; there is {}", known.join(", ")),
            )
            .at("account_id")
        })
    }
}

/// An account that there is, with its own object and the object's path.
struct Found<'a> {
    id: String,
    own: Option<(&'a Map<String, Value>, String)>,
}

/// The section itself describes the default account when it has a server and a token can be found.
fn implicit_default(root: &Map<String, Value>, env: &Env) -> bool {
    let root = Node::from(root);
    root.filled("baseUrl").is_some() && (root.get("botToken").is_some() || env.get(TOKEN_VARIABLE).is_some())
}

fn object<'a>(value: &'a Value, path: &str) -> Result<Option<&'a Map<String, Value>>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::Object(map) => Ok(Some(map)),
        other => Err(wrong(path, "an object", other)),
    }
}

fn warn_without_effect(warnings: &mut Vec<String>, map: &Map<String, Value>, path: &str) {
    let there = |key: &str| {
        let mut steps = key.split('.');
        let first = steps.next().and_then(|step| map.get(step));
        steps.try_fold(first?, |value, step| value.get(step)).filter(|value| !value.is_null())
    };
    let idle: Vec<String> =
        IDLE.iter().filter(|key| there(key).is_some()).map(|key| format!("{path}.{key}")).collect();
    if !idle.is_empty() {
        warnings.push(format!("this version accepts but does not use: {}", idle.join(", ")));
    }
}

/// Does an account take this key, or a part of it, from the section?
fn inherits(own: Node<'_>, key: &str) -> bool {
    own.get(key).is_none() || matches!(key, "actions" | "commands" | "implicitMentions")
}

/// Names that mean something else to the JavaScript that shares the configuration.
const RESERVED: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// Account ids are lower case and made of `a-z 0-9 _ -`, up to 64 of them; a run of anything else becomes a dash. What
/// leaves nothing means `default`.
#[must_use]
pub fn canonical_id(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let mut id = String::with_capacity(lower.len());
    let mut in_run = false;
    for c in lower.chars() {
        if legal(c) {
            id.push(c);
        } else if !in_run {
            id.push('-');
        }
        in_run = !legal(c);
    }
    let id: String = id.trim_matches('-').chars().take(64).collect();
    let id = id.trim_end_matches('-');
    if id.is_empty() || RESERVED.contains(&id) { DEFAULT_ID.to_owned() } else { id.to_owned() }
}
