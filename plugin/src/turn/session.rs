//! The session that a message belongs to: which agent answers, and which conversation it continues.
//!
//! The rules are those of OpenClaw's page "Channel routing". A host with routing of its own uses the facts instead.

use crate::config::{Binding, DmScope, Sessions};
use host_sdk::protocol::{ChatKind, Peer, SessionFacts};

/// What a session is decided by.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The account that heard it.
    pub account_id: &'a str,
    /// The kind of the conversation.
    pub kind: ChatKind,
    /// The channel.
    pub channel_id: &'a str,
    /// The channel's team; empty when it has none.
    pub team_id: &'a str,
    /// Who wrote.
    pub sender_id: &'a str,
    /// The thread whose session it is.
    pub thread: Option<&'a str>,
}

impl Sessions {
    /// The session of a message. `pinned`: the one user whose direct messages may move the main session's last route,
    /// when there is only one.
    #[must_use]
    pub fn session(&self, place: &Place<'_>, pinned: Option<&str>) -> SessionFacts {
        let direct = place.kind == ChatKind::Direct;
        let peer = if direct { place.sender_id } else { place.channel_id };
        let agent = self.agent(place, peer);
        let base = self.base(&agent, place);
        let key = match place.thread {
            Some(thread) => format!("{base}:thread:{thread}"),
            None => base.clone(),
        };
        let foreign = self.dm_scope == DmScope::Main && pinned.is_some_and(|owner| owner != place.sender_id);
        SessionFacts {
            agent_id: agent,
            key,
            parent_key: (!direct && place.thread.is_some()).then_some(base),
            peer: Peer { kind: place.kind, id: peer.to_owned() },
            thread_id: place.thread.map(str::to_owned),
            updates_last_route: direct && !foreign,
        }
    }

    /// The agent: the most exact binding decides, among equals the first.
    fn agent(&self, place: &Place<'_>, peer: &str) -> String {
        let rank = |binding: &Binding| {
            let team = binding.team_id.as_deref();
            if team.is_some_and(|team| team != place.team_id) {
                return None;
            }
            match &binding.peer {
                Some(bound) if bound.kind != place.kind => None,
                Some(bound) if bound.id.eq_ignore_ascii_case(peer) => Some(0),
                Some(bound) if bound.id == "*" => Some(1),
                Some(_) => None,
                None if team.is_some() => Some(2),
                None if !binding.every_account => Some(3),
                None => Some(4),
            }
        };
        let ranked = self.bindings.iter().filter_map(|binding| Some((rank(binding)?, binding)));
        let best = ranked.min_by_key(|(rank, _)| *rank);
        best.map_or_else(|| self.default_agent.clone(), |(_, binding)| binding.agent_id.clone())
    }

    /// The session of the conversation, without its threads.
    fn base(&self, agent: &str, place: &Place<'_>) -> String {
        let main = || format!("agent:{agent}:{}", self.main_key);
        let account = place.account_id;
        match place.kind {
            ChatKind::Group | ChatKind::Channel if self.group_main => main(),
            ChatKind::Group => format!("agent:{agent}:mattermost:group:{}", place.channel_id),
            ChatKind::Channel => format!("agent:{agent}:mattermost:channel:{}", place.channel_id),
            ChatKind::Direct => {
                let person = self.person(place.sender_id);
                match self.dm_scope {
                    DmScope::Main => main(),
                    DmScope::PerPeer => format!("agent:{agent}:direct:{person}"),
                    DmScope::PerChannelPeer => format!("agent:{agent}:mattermost:direct:{person}"),
                    DmScope::PerAccountChannelPeer => {
                        format!("agent:{agent}:mattermost:{account}:direct:{person}")
                    }
                }
            }
        }
    }

    /// The sender, or the common name of somebody who is linked over channels.
    fn person(&self, sender_id: &str) -> String {
        let is_him = |id: &String| {
            let id = id.trim().to_lowercase();
            id.strip_prefix("mattermost:").unwrap_or(&id) == sender_id
        };
        let linked = self.identity_links.iter().find(|(_, ids)| ids.iter().any(is_him));
        linked.map_or_else(|| sender_id.to_owned(), |(name, _)| name.trim().to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::config::{Binding, DmScope, Peer as BoundPeer, Sessions};
    use host_sdk::protocol::ChatKind;

    fn place(kind: ChatKind) -> Place<'static> {
        Place { account_id: "work", kind, channel_id: "c1", team_id: "t1", sender_id: "u1", thread: None }
    }

    fn key(sessions: &Sessions, kind: ChatKind) -> String {
        sessions.session(&place(kind), None).key
    }

    #[test]
    fn direct_messages_follow_the_scope() {
        for (dm_scope, expected) in [
            (DmScope::Main, "agent:main:main"),
            (DmScope::PerPeer, "agent:main:direct:u1"),
            (DmScope::PerChannelPeer, "agent:main:mattermost:direct:u1"),
            (DmScope::PerAccountChannelPeer, "agent:main:mattermost:work:direct:u1"),
        ] {
            let sessions = Sessions { dm_scope, ..Sessions::default() };
            assert_eq!(key(&sessions, ChatKind::Direct), expected);
        }
        let links = [("Alice".to_owned(), vec!["slack:x".to_owned(), "mattermost:u1".to_owned()])];
        let sessions = Sessions {
            dm_scope: DmScope::PerPeer,
            identity_links: links.into_iter().collect(),
            ..Sessions::default()
        };
        assert_eq!(key(&sessions, ChatKind::Direct), "agent:main:direct:alice");
    }

    #[test]
    fn channels_have_sessions_of_their_own_and_threads_inside_them() {
        let sessions = Sessions::default();
        assert_eq!(key(&sessions, ChatKind::Group), "agent:main:mattermost:group:c1");
        assert_eq!(key(&sessions, ChatKind::Channel), "agent:main:mattermost:channel:c1");
        let inside = Place { thread: Some("p1"), ..place(ChatKind::Channel) };
        let session = sessions.session(&inside, None);
        assert_eq!(session.key, "agent:main:mattermost:channel:c1:thread:p1");
        assert_eq!(session.parent_key.as_deref(), Some("agent:main:mattermost:channel:c1"));
        let merged = Sessions { group_main: true, ..Sessions::default() };
        assert_eq!(key(&merged, ChatKind::Group), "agent:main:main");
    }

    #[test]
    fn the_most_exact_binding_decides() {
        let binding = |agent: &str| Binding {
            agent_id: agent.to_owned(),
            every_account: false,
            peer: None,
            team_id: None,
        };
        let peer = |id: &str| Some(BoundPeer { kind: ChatKind::Channel, id: id.to_owned() });
        let mut sessions = Sessions::default();
        let mut expect = |bindings: Vec<Binding>, agent: &str| {
            sessions.bindings = bindings;
            assert_eq!(sessions.session(&place(ChatKind::Channel), None).agent_id, agent);
        };
        let everywhere = Binding { every_account: true, ..binding("everywhere") };
        let account = binding("account");
        let team = Binding { team_id: Some("t1".to_owned()), ..binding("team") };
        let other_team = Binding { team_id: Some("t2".to_owned()), ..binding("other") };
        let any = Binding { peer: peer("*"), ..binding("any") };
        let exact = Binding { peer: peer("c1"), ..binding("exact") };
        expect(vec![other_team], "main");
        expect(vec![everywhere.clone()], "everywhere");
        expect(vec![everywhere.clone(), account.clone()], "account");
        expect(vec![account.clone(), team.clone()], "team");
        expect(vec![team.clone(), any.clone()], "any");
        expect(vec![everywhere, account, team, any, exact], "exact");
    }

    #[test]
    fn only_the_owner_of_a_main_session_moves_its_last_route() {
        let sessions = Sessions::default();
        let direct = place(ChatKind::Direct);
        assert!(sessions.session(&direct, None).updates_last_route);
        assert!(sessions.session(&direct, Some("u1")).updates_last_route);
        assert!(!sessions.session(&direct, Some("u2")).updates_last_route);
        assert!(!sessions.session(&place(ChatKind::Channel), None).updates_last_route);
        let scoped = Sessions { dm_scope: DmScope::PerPeer, ..Sessions::default() };
        assert!(scoped.session(&direct, Some("u2")).updates_last_route);
    }
}
