use super::super::wanted::{Wanted, wanted};
use super::{Known, Step, plan};
use mattermost_client::Command;
use proptest::prelude::*;
use std::collections::HashSet;

const URL: &str = "https://gw.example.com/api/channels/mattermost/command";
const BOT: &str = "bot";
const TEAM: &str = "team";

fn one(trigger: &str) -> Wanted {
    wanted(&[]).into_iter().find(|wanted| wanted.trigger == trigger).unwrap()
}

/// A command as it stands on the server when nothing is amiss.
fn standing(wanted: &Wanted, id: &str) -> Command {
    Command {
        id: id.to_owned(),
        token: format!("token of {id}"),
        creator_id: BOT.to_owned(),
        team_id: TEAM.to_owned(),
        trigger: wanted.trigger.clone(),
        method: "P".to_owned(),
        url: URL.to_owned(),
        description: wanted.description.clone(),
        auto_complete: true,
        auto_complete_desc: wanted.description.clone(),
        auto_complete_hint: wanted.hint.clone(),
        delete_at: 0,
    }
}

/// The names of the steps for `oc_status` alone.
fn steps(existing: &[Command], made: &[&str], others: &[&str]) -> Vec<&'static str> {
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<HashSet<_>>();
    let (made, others) = (set(made), set(others));
    let known = Known { bot_id: BOT, team_id: TEAM, url: URL, made: &made, others: &others };
    plan(&[one("oc_status")], existing, known).iter().map(name).collect()
}

fn name(step: &Step) -> &'static str {
    match step {
        Step::Keep { .. } => "keep",
        Step::Update { .. } => "update",
        Step::Recreate { .. } => "recreate",
        Step::Create { .. } => "create",
        Step::Foreign { .. } => "foreign",
        Step::Extra { .. } => "extra",
        Step::Remove { .. } => "remove",
    }
}

#[test]
fn each_case_has_its_step() {
    let right = standing(&one("oc_status"), "1");
    let but = |change: &dyn Fn(&mut Command)| {
        let mut command = right.clone();
        change(&mut command);
        vec![command]
    };
    let foreign = but(&|command| command.creator_id = "somebody".to_owned());
    for (what, existing, expected) in [
        ("nothing", vec![], vec!["create"]),
        ("as wanted", vec![right.clone()], vec!["keep"]),
        ("another address", but(&|it| it.url = "https://old.example.com/c".to_owned()), vec!["update"]),
        ("another method", but(&|it| it.method = "G".to_owned()), vec!["update"]),
        ("another description", but(&|it| it.description = "old".to_owned()), vec!["update"]),
        ("another wording while typing", but(&|it| it.auto_complete_desc = "old".to_owned()), vec!["update"]),
        ("another hint", but(&|it| it.auto_complete_hint = "[x]".to_owned()), vec!["update"]),
        ("not offered while typing", but(&|it| it.auto_complete = false), vec!["update"]),
        ("no token", but(&|it| it.token = String::new()), vec!["recreate"]),
        ("somebody else's", foreign.clone(), vec!["foreign"]),
        ("deleted", but(&|it| it.delete_at = 5), vec!["create"]),
        ("another team's", but(&|it| it.team_id = "elsewhere".to_owned()), vec!["create"]),
        ("ours and somebody else's", [foreign, vec![right.clone()]].concat(), vec!["keep"]),
        ("twice", vec![right.clone(), standing(&one("oc_status"), "2")], vec!["extra", "keep"]),
    ] {
        assert_eq!(steps(&existing, &[], &[]), expected, "{what}");
    }
}

#[test]
fn what_is_not_wanted_any_more_goes_if_we_made_it() {
    let other = |change: &dyn Fn(&mut Command)| {
        let mut command = standing(&one("oc_help"), "9");
        command.trigger = "oc_gone".to_owned();
        change(&mut command);
        [command, standing(&one("oc_status"), "1")]
    };
    let moved = other(&|it| it.url = "http://old.example.com:1/api/channels/mattermost/command".to_owned());
    assert_eq!(steps(&other(&|_| {}), &[], &[]), ["keep", "remove"]);
    assert_eq!(steps(&moved, &[], &[]), ["keep", "remove"], "the host of before");
    assert_eq!(steps(&other(&|it| it.url = "https://x.example.com/else".to_owned()), &[], &[]), ["keep"]);
    assert_eq!(
        steps(&other(&|it| it.url = "https://x.example.com/else".to_owned()), &["9"], &[]),
        ["keep", "remove"]
    );
    assert_eq!(
        steps(&other(&|it| it.trigger = "lunch".to_owned()), &[], &[]),
        ["keep"],
        "the bot's, but not ours"
    );
    assert_eq!(steps(&other(&|it| it.creator_id = "somebody".to_owned()), &["9"], &[]), ["keep"]);
    assert_eq!(steps(&other(&|_| {}), &["9"], &["9"]), ["keep"], "another account wants it");
}

/// Teams in every state: few triggers, so that they meet.
fn team() -> impl Strategy<Value = Vec<Command>> {
    let triggers = ["oc_status", "oc_model", "oc_gone", "lunch"];
    let command = (
        prop::sample::select(triggers.to_vec()),
        prop::bool::ANY,
        prop::sample::select(vec![
            URL,
            "https://old.example.com/api/channels/mattermost/command",
            "https://x.example.com/y",
        ]),
        prop::sample::select(vec!["P", "G"]),
        prop::sample::select(vec!["", "token"]),
        prop::bool::ANY,
        prop::bool::weighted(0.1),
    );
    prop::collection::vec(command, 0..8).prop_map(|commands| {
        let made = commands.into_iter().enumerate();
        made.map(|(number, (trigger, own, url, method, token, as_wanted, deleted))| Command {
            id: format!("c{number}"),
            trigger: trigger.to_owned(),
            creator_id: if own { BOT } else { "somebody" }.to_owned(),
            url: url.to_owned(),
            method: method.to_owned(),
            token: token.to_owned(),
            description: if as_wanted { "Show" } else { "old" }.to_owned(),
            delete_at: i64::from(deleted),
            ..standing(&one("oc_status"), "")
        })
        .collect()
    })
}

/// What the server has after the steps.
fn apply(steps: &[Step], existing: &[Command]) -> Vec<Command> {
    let mut now = existing.to_vec();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Keep { .. } | Step::Foreign { .. } | Step::Extra { .. } => {}
            Step::Update { wanted, found } => {
                let place = now.iter_mut().find(|command| command.id == found.id).unwrap();
                *place = standing(wanted, &found.id);
            }
            Step::Recreate { wanted, found } => {
                now.retain(|command| command.id != found.id);
                // Where several stood, the next one is the first now.
                now.insert(0, standing(wanted, &format!("r{number}")));
            }
            Step::Create { wanted } => now.push(standing(wanted, &format!("n{number}"))),
            Step::Remove { found } => now.retain(|command| command.id != found.id),
        }
    }
    now
}

proptest! {
    /// After its steps nothing is left to do, and what is somebody else's is as it was.
    #[test]
    fn a_plan_that_was_done_leaves_nothing_to_do(
        existing in team(),
        made in prop::collection::hash_set(prop::sample::select(vec!["c0", "c1", "c2", "c3"]), 0..4),
    ) {
        let wanted = wanted(&[]);
        let (made, others) = (made.into_iter().map(str::to_owned).collect(), HashSet::new());
        let known = Known { bot_id: BOT, team_id: TEAM, url: URL, made: &made, others: &others };
        let steps = plan(&wanted, &existing, known);
        let after = apply(&steps, &existing);
        for step in plan(&wanted, &after, known) {
            prop_assert!(matches!(step, Step::Keep { .. } | Step::Foreign { .. } | Step::Extra { .. }), "{step:?}");
        }
        let foreign = |commands: &[Command]| {
            commands.iter().filter(|command| command.creator_id != BOT).cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(foreign(&existing), foreign(&after));
        // Each wanted trigger stands there once as wanted, or is somebody else's.
        for wanted in &wanted {
            let own = after.iter().any(|command| {
                command.creator_id == BOT && command.delete_at == 0 && command.trigger == wanted.trigger
                    && command.url == URL && !command.token.is_empty()
            });
            let taken = after.iter().any(|command| command.creator_id != BOT && command.trigger == wanted.trigger);
            prop_assert!(own || taken, "{}", wanted.trigger);
        }
    }
}
