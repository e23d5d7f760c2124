//! What a target means on the server, and what is remembered of it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    DirectoryKind, Error, ErrorCode, HandleRequest, Outbound, ResolveTarget, ResolvedTarget,
};
use mattermost_sim::{Instead, Options, Version};
use serde_json::json;
use support::World;

fn to(target: impl Into<String>, text: &str) -> Outbound {
    Outbound { target: target.into(), text: text.to_owned(), ..Outbound::default() }
}

async fn resolve(world: &World, target: impl Into<String>) -> Result<ResolvedTarget, Error> {
    let which = ResolveTarget { target: target.into(), account_id: None };
    let resolved = world.instance.handle(&HandleRequest::TargetsResolve(which)).await?;
    Ok(serde_json::from_value(resolved).unwrap())
}

/// How often the server was asked this.
fn asked(world: &World, method: &str, path: &str) -> usize {
    world.sim.requests().iter().filter(|one| one.method == method && one.path.ends_with(path)).count()
}

/// How often a direct channel was to be made.
fn opened(world: &World) -> usize {
    asked(world, "POST", "/channels/direct")
}

async fn refused(world: &World, target: impl Into<String>) -> Error {
    let error = world.instance.send(&to(target, "lost")).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("target"), "{}", error.message);
    error
}

// covers: O04, O05
#[tokio::test(flavor = "multi_thread")]
async fn what_a_bare_id_is_is_asked_once() {
    let world = World::new().await;
    let (alice, general) = (world.id("alice"), world.channel("general"));
    world.sim.clear_requests();
    for _ in 0..3 {
        let receipt = world.instance.send(&to(&general, "to a channel")).await.unwrap();
        assert_eq!(receipt.channel_id, general);
    }
    assert_eq!(asked(&world, "GET", &format!("/users/{general}")), 1);
    assert_eq!(asked(&world, "GET", &format!("/channels/{general}")), 1);
    for _ in 0..3 {
        let receipt = world.instance.send(&to(&alice, "to a person")).await.unwrap();
        assert_eq!(receipt.channel_id, world.dm("alice"));
    }
    assert_eq!(asked(&world, "GET", &format!("/channels/{alice}")), 0);
    assert_eq!(opened(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_is_believed_and_no_id_behind_it_is_looked_up_as_something_else() {
    let world = World::new().await;
    let general = world.channel("general");
    world.sim.clear_requests();
    world.instance.send(&to(format!("channel:{general}"), "here")).await.unwrap();
    assert_eq!(asked(&world, "GET", &format!("/users/{general}")), 0);
    let error = refused(&world, format!("user:{general}")).await;
    assert_eq!(error.code, ErrorCode::NotFound);
    assert_eq!(asked(&world, "GET", &format!("/channels/{general}")), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_id_whose_user_cannot_be_asked_for_is_not_taken_for_a_channel_for_good() {
    let world = World::new().await;
    let (alice, general) = (world.id("alice"), world.channel("general"));
    // Trouble that passes is waited for: the message must not go to a channel that there is not.
    world.sim.faults().instead(&format!("/users/{alice}"), &[Instead::Status(503)]);
    let receipt = world.instance.send(&to(&alice, "in the end")).await.unwrap();
    assert_eq!(receipt.channel_id, world.dm("alice"));
    // Who may not look at people still reaches channels, and that is not remembered.
    for _ in 0..2 {
        world.sim.faults().instead(&format!("/users/{general}"), &[Instead::Status(403)]);
        assert_eq!(world.instance.send(&to(&general, "here")).await.unwrap().channel_id, general);
    }
    assert_eq!(asked(&world, "GET", &format!("/channels/{general}")), 0);
}

// covers: O02, S20
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_name_is_looked_for_in_all_teams_and_a_team_may_be_named() {
    let world = World::new().await;
    let bot = world.id("openclaw");
    let team = world.sim.team("field", "Field Work").unwrap();
    world.sim.join_team(&team, &bot).unwrap();
    let trips = world.sim.channel(&team, "trips", "Trips & Travel", false, &[&bot]).unwrap();
    let ops = world.sim.channel(&team, "ops", "Ops", false, &[&bot]).unwrap();
    for (target, channel) in [
        ("#trips", &trips),
        ("TRIPS", &trips),
        ("~field/trips", &trips),
        ("#Trips & Travel", &trips),
        ("channel:#trips & travel", &trips),
        ("#field/ops", &ops),
        ("field work/ops", &ops),
        ("#field/Trips & Travel", &trips),
        ("#lab/ops", &world.channel("ops")),
    ] {
        let receipt = world.instance.send(&to(target, "here")).await.unwrap();
        assert_eq!(&receipt.channel_id, channel, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_several_channels_have_is_an_error_that_lists_them() {
    let world = World::new().await;
    let bot = world.id("openclaw");
    let team = world.sim.team("field", "Field Work").unwrap();
    world.sim.join_team(&team, &bot).unwrap();
    let ops = world.sim.channel(&team, "ops", "Operations", false, &[&bot]).unwrap();
    let other = world.sim.channel(&team, "night-ops", "Operations", true, &[&bot]).unwrap();
    let error = refused(&world, "#ops").await;
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    for word in [&format!("channel:{ops}"), "#field/ops", &world.channel("ops"), "#lab/ops"] {
        assert!(error.message.contains(word), "no {word} in {}", error.message);
    }
    let error = refused(&world, "#operations").await;
    for word in [&ops, &other, "#field/night-ops"] {
        assert!(error.message.contains(word), "no {word} in {}", error.message);
    }
}

// covers: O06
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_answered_with_names_like_it() {
    let world = World::new().await;
    for (target, near) in [
        ("@alcie", "@alice"),
        ("@malory", "@mallory"),
        ("#generall", "#general"),
        ("#secrets", "#secret"),
        ("#lab/opps", "#lab/ops"),
        ("user:alice", "@alice"),
    ] {
        let error = refused(&world, target).await;
        assert!(
            error.message.contains(&format!("write {near}"))
                || error.message.contains(&format!("did you mean {near}")),
            "{}",
            error.message
        );
    }
    let error = refused(&world, "#zebra").await;
    assert!(error.message.contains("(lab)") && !error.message.contains("did you mean"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_written_to_who_is_deactivated_or_the_bot_itself() {
    let world = World::new().await;
    world.sim.set_active(&world.id("bob"), false).unwrap();
    world.sim.clear_requests();
    for target in ["@bob".to_owned(), format!("user:{}", world.id("bob")), world.id("bob")] {
        let error = refused(&world, target).await;
        assert!(error.message.contains("@bob") && error.message.contains("deactivated"), "{}", error.message);
    }
    let error = refused(&world, "@openclaw").await;
    assert!(error.message.contains("the bot itself"), "{}", error.message);
    assert_eq!(opened(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_looked_up_once_and_again_when_it_turns_out_to_be_wrong() {
    let world = World::new().await;
    let bot = world.id("openclaw");
    let team = world.seed.team_id.clone();
    let old = world.sim.channel(&team, "plans", "Plans", true, &[&bot]).unwrap();
    world.sim.clear_requests();
    for _ in 0..3 {
        assert_eq!(world.instance.send(&to("#plans", "noted")).await.unwrap().channel_id, old);
    }
    assert_eq!(asked(&world, "GET", "/channels/name/plans"), 1);
    // The channel is renamed, the bot is taken out of it, and another one has its name.
    world.sim.leave(&old, &bot).unwrap();
    world.sim.rename_channel(&old, "old-plans").unwrap();
    let new = world.sim.channel(&team, "plans", "Plans", true, &[&bot]).unwrap();
    let receipt = world.instance.send(&to("#plans", "after the change")).await.unwrap();
    assert_eq!(receipt.channel_id, new);
    assert_eq!(world.sim.posts(&new).iter().filter(|post| post.message == "after the change").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn resolving_says_what_a_target_is_and_makes_no_channel() {
    let world = World::new().await;
    world.sim.call(&world.id("alice"), "Alice", "Liddell").unwrap();
    let (alice, general) = (world.id("alice"), world.channel("general"));
    world.sim.clear_requests();
    for target in ["@alice".to_owned(), format!("user:{alice}"), alice.clone()] {
        let resolved = resolve(&world, target).await.unwrap();
        assert_eq!((resolved.kind, resolved.id), (DirectoryKind::User, format!("user:{alice}")));
        assert_eq!((resolved.words.as_str(), resolved.channel_id), ("@alice (direct)", None));
        assert_eq!(resolved.handle.as_deref(), Some("Alice Liddell"));
    }
    for target in ["#general".to_owned(), general.clone(), format!("channel:{general}")] {
        let resolved = resolve(&world, target).await.unwrap();
        assert_eq!((resolved.kind, resolved.team.as_deref()), (DirectoryKind::Channel, Some("lab")));
        assert_eq!(resolved.words, "#general in team lab");
        assert_eq!(resolved.channel_id.as_ref(), Some(&general));
    }
    assert_eq!(resolve(&world, "#secret").await.unwrap().kind, DirectoryKind::Group);
    assert_eq!(opened(&world), 0);
    let dm = world.dm("alice");
    for target in ["@alice".to_owned(), format!("channel:{dm}")] {
        let resolved = resolve(&world, target).await.unwrap();
        assert_eq!((resolved.channel_id.as_ref(), resolved.words.as_str()), (Some(&dm), "@alice (direct)"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_to_somebody_new_makes_no_channel() {
    for version in [Version::V11_6, Version::V5_16] {
        let world = World::with(Options::version(version), json!({})).await;
        world.sim.clear_requests();
        let rehearsed = Outbound { dry_run: true, ..to("@alice", "soon") };
        let receipt = world.instance.send(&rehearsed).await.unwrap();
        assert_eq!(receipt.target, format!("user:{}", world.id("alice")));
        assert_eq!((receipt.target_words.as_str(), receipt.channel_id.as_str()), ("@alice (direct)", ""));
        assert_eq!(opened(&world), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_switched_off_resolves_nothing() {
    let world = World::knowing(|_| json!({ "accounts": { "off": { "enabled": false } } })).await;
    let which = ResolveTarget { target: "@alice".to_owned(), account_id: Some("off".to_owned()) };
    let error = world.instance.handle(&HandleRequest::TargetsResolve(which)).await.unwrap_err();
    assert!(error.message.contains("switched off"), "{}", error.message);
    let message = Outbound { account_id: Some("off".to_owned()), ..to("@alice", "hello") };
    let error = world.instance.send(&message).await.unwrap_err();
    assert!(error.message.contains("switched off"), "{}", error.message);
}
