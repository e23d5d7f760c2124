//! Whom and what a command's text names, as its integration is told.

use crate::{
    ids::Id,
    state::{ChannelKind, World},
};

/// The members of a team that a text names, by the names that it uses.
pub(super) fn users(world: &World, team_id: Id, text: &str) -> Vec<(String, Id)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let mut found: Vec<(String, Id)> = Vec::new();
    for word in words(text, '@', is_part) {
        if !word.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            continue;
        }
        // A name may be followed by a character that names may have, too.
        let mut name = word.to_lowercase();
        let user = loop {
            match world.user_by_name(&name) {
                Some(user) => break Some(user.id),
                None if name.ends_with(['.', '-', '_']) => name.truncate(name.len() - 1),
                None => break None,
            }
        };
        let is_member = |id: &Id| world.teams.get(&team_id).is_some_and(|team| team.members.contains_key(id));
        if let Some(id) = user.filter(is_member)
            && found.iter().all(|(known, _)| *known != name)
        {
            found.push((name, id));
        }
    }
    found
}

/// The open channels of a team that a text names.
pub(super) fn channels(world: &World, team_id: Id, text: &str) -> Vec<(String, Id)> {
    let mut found: Vec<(String, Id)> = Vec::new();
    for word in words(text, '~', |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        let name = word.to_lowercase();
        let channel = world.channel_by_name(Some(team_id), &name);
        let id = channel.filter(|channel| channel.kind == ChannelKind::Open).map(|channel| channel.id);
        if let Some(id) = id
            && found.iter().all(|(known, _)| *known != name)
        {
            found.push((name, id));
        }
    }
    found
}

/// The words after a sign that stands at the beginning of a word.
fn words(text: &str, sign: char, is_part: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.match_indices(sign).filter_map(move |(at, _)| {
        let inside = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let rest = &text[at + sign.len_utf8()..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        (!inside && end > 0).then(|| &rest[..end])
    })
}
