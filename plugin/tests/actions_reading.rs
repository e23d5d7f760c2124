//! What is read on request: channels, threads, what is pinned, what is found, what a channel is.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    Caller, ChannelAction, ChannelInfo, CurrentConversation, Error, ErrorCode, HandleRequest, MessageList,
    ReadAction, SearchAction, ThreadAction,
};
use mattermost_sim::Options;
use serde_json::{Value, json};
use support::{World, agent, operator};

/// Everything may be read.
async fn open() -> World {
    World::with(Options::default(), json!({ "actions": { "messages": true } })).await
}

fn read(caller: Caller, target: &str) -> ReadAction {
    ReadAction {
        account_id: None,
        caller,
        target: Some(target.to_owned()).filter(|target| !target.is_empty()),
        limit: None,
        before: None,
        after: None,
        dry_run: false,
    }
}

fn within(caller: Caller, target: Option<&str>) -> ChannelAction {
    ChannelAction { account_id: None, caller, target: target.map(str::to_owned), dry_run: false }
}

fn thread(caller: Caller, id: &str) -> ThreadAction {
    ThreadAction {
        account_id: None,
        caller,
        target: None,
        message_id: id.to_owned(),
        limit: None,
        dry_run: false,
    }
}

fn search(caller: Caller, query: &str) -> SearchAction {
    SearchAction {
        account_id: None,
        caller,
        target: None,
        query: query.to_owned(),
        limit: None,
        dry_run: false,
    }
}

async fn list(world: &World, request: HandleRequest) -> Result<MessageList, Error> {
    Ok(serde_json::from_value(world.instance.handle(&request).await?).unwrap())
}

async fn channel(world: &World, ask: ReadAction) -> Result<MessageList, Error> {
    list(world, HandleRequest::ActionRead(ask)).await
}

fn texts(list: &MessageList) -> Vec<&str> {
    list.messages.iter().map(|message| message.message.as_str()).collect()
}

/// Posts stand in the order of their milliseconds.
async fn a_moment() {
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
}

/// The channel with this many numbered posts, the last one the newest.
async fn numbered(world: &World, count: usize) -> (String, Vec<String>) {
    let general = world.channel("general");
    let mut ids = Vec::new();
    for number in 0..count {
        a_moment().await;
        ids.push(world.says("alice", &general, &format!("number {number}"), "").id);
    }
    (general, ids)
}

// covers: S22
#[tokio::test(flavor = "multi_thread")]
async fn reading_is_off_until_it_is_configured() {
    let world = World::new().await;
    let target = format!("channel:{}", world.channel("general"));
    for caller in [operator(), agent(&world.channel("general"))] {
        let error = channel(&world, read(caller, &target)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Forbidden);
        assert!(error.message.contains("channels.mattermost.actions.messages"), "{}", error.message);
    }
}

// covers: S22
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_read_newest_first_by_sixty_and_never_more_than_two_hundred() {
    let world = open().await;
    let (general, ids) = numbered(&world, 230).await;
    let target = format!("channel:{general}");
    let page = channel(&world, read(operator(), &target)).await.unwrap();
    assert_eq!(
        (page.ok, page.channel_id.as_str(), page.messages.len(), page.has_more),
        (true, general.as_str(), 60, true)
    );
    let newest = &page.messages[0];
    assert_eq!((newest.message.as_str(), newest.username.as_deref()), ("number 229", Some("alice")));
    assert_eq!(newest.timestamp_ms, newest.create_at);
    assert!(
        newest.timestamp_utc.ends_with('Z') && newest.timestamp_utc.len() == 24,
        "{}",
        newest.timestamp_utc
    );
    let most = ReadAction { limit: Some(1_000), ..read(operator(), &target) };
    assert_eq!(channel(&world, most).await.unwrap().messages.len(), 200);
    let before = ReadAction { before: Some(ids[2].clone()), limit: Some(2), ..read(operator(), &general) };
    assert_eq!(texts(&channel(&world, before).await.unwrap()), ["number 1", "number 0"]);
    let after = ReadAction {
        after: Some(ids[226].clone()),
        limit: Some(2),
        ..read(operator(), &format!("group:{general}"))
    };
    let after = channel(&world, after).await.unwrap();
    assert_eq!((texts(&after), after.has_more), (vec!["number 228", "number 227"], true));
    let last = ReadAction { after: Some(ids[228].clone()), ..read(operator(), "#general") };
    assert!(!channel(&world, last).await.unwrap().has_more);
}

// covers: S22
#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_cannot_be_names_what_is_wrong() {
    let world = open().await;
    let (general, ids) = numbered(&world, 1).await;
    let target = format!("channel:{general}");
    let elsewhere = world.says("alice", &world.channel("ops"), "elsewhere", "").id;
    let asked = || read(operator(), &target);
    for (ask, field) in [
        (ReadAction { before: Some(ids[0].clone()), after: Some(ids[0].clone()), ..asked() }, "after"),
        (ReadAction { before: Some("nopost".to_owned()), ..asked() }, "before"),
        (ReadAction { after: Some(elsewhere), ..asked() }, "after"),
        (ReadAction { limit: Some(0), ..asked() }, "limit"),
        (read(operator(), ""), "target"),
        (read(operator(), &format!("channel:{}", "z".repeat(26))), "target"),
    ] {
        let error = channel(&world, ask).await.unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field), "{}", error.message);
    }
}

// covers: S22
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_reads_its_conversation_and_other_channels_only_where_they_are_open() {
    let policies = [
        ("open", json!({}), true),
        ("allowlist", json!({}), false),
        ("allowlist", json!({ "*": {} }), true),
        ("disabled", json!({ "*": {} }), false),
    ];
    for (policy, groups, may) in policies {
        let section = json!({ "groupPolicy": policy, "groups": groups, "actions": { "messages": true } });
        let world = World::with(Options::default(), section).await;
        let (general, ops) = (world.channel("general"), world.channel("ops"));
        let (alice, bob) = (world.dm("alice"), world.dm("bob"));
        world.says("alice", &ops, "a secret", "");
        channel(&world, read(agent(&general), "")).await.unwrap();
        channel(&world, read(agent(&alice), &alice)).await.unwrap();
        channel(&world, read(agent(&alice), "@alice")).await.unwrap();
        let other = channel(&world, read(agent(&general), &format!("channel:{ops}"))).await;
        assert_eq!(other.is_ok(), may, "{policy}: {other:?}");
        for target in
            [bob.clone(), format!("channel:{bob}"), "@bob".to_owned(), format!("user:{}", world.id("bob"))]
        {
            let error = channel(&world, read(agent(&alice), &target)).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::Forbidden, "{}", error.message);
        }
        let foreign = CurrentConversation {
            account_id: "other".to_owned(),
            channel_id: general.clone(),
            requester_id: None,
        };
        let foreign = Caller::Agent { current: Some(foreign) };
        let error = channel(&world, read(foreign, &general)).await.unwrap_err();
        assert!(error.message.contains("another account"), "{}", error.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_channel_is_open_and_its_neighbours_are_not() {
    let world = World::knowing(|seed| {
        json!({
            "groupPolicy": "allowlist", "groups": { seed.channel("ops"): {} }, "actions": { "messages": true },
        })
    })
    .await;
    let dm = world.dm("alice");
    channel(&world, read(agent(&dm), "#ops")).await.unwrap();
    assert!(channel(&world, read(agent(&dm), "#general")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_hold_together_is_not_taken_for_a_page() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0_u8; 4096];
            let length = stream.read(&mut asked).unwrap();
            let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
            let body = match asked.contains("/posts") {
                true => json!({ "order": ["a".repeat(26)], "posts": {} }),
                false => json!({ "id": "c".repeat(26), "type": "O", "name": "town" }),
            };
            let body = body.to_string();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let section = json!({
        "botToken": "t0ken-t0ken", "baseUrl": format!("http://{address}"), "actions": { "messages": true },
    });
    let (client, _events) = support::client(support::config(section));
    let ask = HandleRequest::ActionRead(read(operator(), &format!("channel:{}", "c".repeat(26))));
    let error = client.handle(&ask).await.unwrap_err();
    assert!(error.message.contains("unexpected response"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_is_read_oldest_first_and_a_long_one_by_its_ends() {
    let world = open().await;
    let general = world.channel("general");
    let topic = world.says("alice", &general, "topic", "").id;
    let mut replies = Vec::new();
    for number in 0..6 {
        a_moment().await;
        replies.push(world.says("bob", &general, &format!("reply {number}"), &topic).id);
    }
    let whole =
        list(&world, HandleRequest::ActionThread(thread(agent(&general), &replies[3]))).await.unwrap();
    assert_eq!(texts(&whole), ["topic", "reply 0", "reply 1", "reply 2", "reply 3", "reply 4", "reply 5"]);
    assert!(!whole.has_more);
    let short = ThreadAction { limit: Some(3), ..thread(agent(&general), &topic) };
    let short = list(&world, HandleRequest::ActionThread(short)).await.unwrap();
    assert_eq!((texts(&short), short.has_more), (vec!["topic", "reply 4", "reply 5"], true));
    let error = list(&world, HandleRequest::ActionThread(thread(agent(&world.dm("alice")), &topic))).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pinned_to_a_channel_is_listed() {
    let world = open().await;
    let (general, ids) = numbered(&world, 3).await;
    world.sim.pin(&ids[0], true).unwrap();
    world.sim.pin(&ids[2], true).unwrap();
    let pinned = list(&world, HandleRequest::ActionListPins(within(agent(&general), None))).await.unwrap();
    assert_eq!(texts(&pinned), ["number 2", "number 0"]);
    assert!(pinned.messages.iter().all(|message| message.is_pinned));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_the_caller_may_read() {
    let section = json!({ "groupPolicy": "allowlist", "actions": { "messages": true } });
    let world = World::with(Options::default(), section).await;
    let (general, ops, alice, bob) =
        (world.channel("general"), world.channel("ops"), world.dm("alice"), world.dm("bob"));
    for (who, channel, text) in [
        ("alice", &general, "the deployment failed"),
        ("bob", &ops, "deployment again"),
        ("bob", &bob, "my secret deployment"),
        ("alice", &alice, "Deployment in private"),
        ("alice", &alice, "something else"),
    ] {
        world.says(who, channel, text, "");
        a_moment().await;
    }
    let found = |ask: SearchAction| list(&world, HandleRequest::ActionSearch(ask));
    let all = found(search(operator(), "deployment")).await.unwrap();
    assert_eq!(
        texts(&all),
        ["Deployment in private", "my secret deployment", "deployment again", "the deployment failed"]
    );
    let mine = found(search(agent(&alice), "deployment")).await.unwrap();
    assert_eq!(texts(&mine), ["Deployment in private"]);
    let placed =
        SearchAction { target: Some(format!("channel:{general}")), ..search(operator(), "deployment") };
    assert_eq!(texts(&found(placed).await.unwrap()), ["the deployment failed"]);
    let few = SearchAction { limit: Some(1), ..search(operator(), "deployment") };
    let few = found(few).await.unwrap();
    assert_eq!((few.messages.len(), few.has_more), (1, true));
    for ask in [search(operator(), " "), SearchAction { limit: Some(0), ..search(operator(), "x") }] {
        assert_eq!(found(ask).await.unwrap_err().code, ErrorCode::InvalidArgument);
    }
    let nobody = found(search(Caller::Agent { current: None }, "deployment")).await.unwrap_err();
    assert_eq!(nobody.code, ErrorCode::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn gates_of_our_own_open_by_account_and_by_section() {
    let own = |config: Value| json!({ "plugins": { "entries": { "mattermost": { "config": config } } } });
    for (config, may) in [
        (json!({ "actions": { "search": true } }), true),
        (
            json!({ "actions": { "search": true }, "accounts": { "default": { "actions": { "search": false } } } }),
            false,
        ),
        (json!({}), false),
    ] {
        let world = World::begin(Options::default(), json!({}), own(config.clone()), false).await;
        let found = list(&world, HandleRequest::ActionSearch(search(operator(), "anything"))).await;
        assert_eq!(found.is_ok(), may, "{config}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_says_what_it_is() {
    let world = World::new().await;
    let general = world.channel("general");
    let info = |ask: ChannelAction| {
        let world = &world;
        async move {
            let told = world.instance.handle(&HandleRequest::ActionChannelInfo(ask)).await?;
            Ok::<ChannelInfo, Error>(serde_json::from_value(told).unwrap())
        }
    };
    let told = info(within(agent(&general), None)).await.unwrap();
    assert_eq!(
        (told.id.as_str(), told.kind.as_str(), told.name.as_str()),
        (general.as_str(), "public", "general")
    );
    assert_eq!((told.target, told.archived), (format!("channel:{general}"), false));
    assert!(told.member_count.unwrap() > 1 && told.team_id.is_some());
    let nothing = info(within(operator(), Some("@alice"))).await.unwrap_err();
    assert_eq!(nothing.code, ErrorCode::NotFound, "no channel is made for a question");
    let dm = world.dm("alice");
    let direct = info(within(operator(), Some("@alice"))).await.unwrap();
    assert_eq!(direct.id, dm);
    assert_eq!((direct.kind.as_str(), direct.team_id), ("direct", None));
    let foreign = info(within(agent(&general), Some(&dm))).await.unwrap_err();
    assert_eq!(foreign.code, ErrorCode::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_the_channel_and_reads_nothing() {
    let world = open().await;
    let general = world.channel("general");
    world.caught_up().await;
    let dry = ReadAction { dry_run: true, ..read(operator(), "#general") };
    world.sim.clear_requests();
    let told = channel(&world, dry).await.unwrap();
    assert_eq!((told.dry_run, told.channel_id), (true, general));
    assert!(world.sim.requests().iter().all(|request| !request.path.contains("/posts")));
}
