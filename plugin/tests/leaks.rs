//! A channel that is started and stopped again and again leaves nothing behind.
//!
//! One test alone in its process: others would be counted too.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

mod support;

use host_sdk::protocol::HandleRequest;
use mattermost_sim::{Options, Sim};
use serde_json::json;
use std::time::Duration;
use support::{World, config, init, library};

const ROUNDS: usize = 100;

/// Threads, open descriptors and resident kilobytes of this process.
fn usage() -> (usize, usize, usize) {
    let count = |folder: &str| std::fs::read_dir(folder).unwrap().count();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident = resident.trim().trim_end_matches(" kB").parse().unwrap();
    (count("/proc/self/task"), count("/proc/self/fd"), resident)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_rounds_of_start_answer_and_stop_leak_no_thread_descriptor_or_memory() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let section = json!({
        "botToken": seed.token("openclaw"), "baseUrl": sim.url(), "dmPolicy": "open", "allowFrom": ["*"],
    });
    let (dm, alice) = {
        let (alice, bot) = (seed.user_id("alice"), seed.user_id("openclaw"));
        (sim.direct_channel(alice, bot).unwrap(), alice.to_owned())
    };
    let library = library();
    let mut warm = None;
    let (mut sim, mut seed) = (Some(sim), Some(seed));
    for round in 0..ROUNDS {
        let (instance, events) = library.instance(&init(config(section.clone())), None).unwrap();
        let mut world = World {
            sim: sim.take().unwrap(),
            seed: seed.take().unwrap(),
            instance,
            events,
            life: Default::default(),
        };
        world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
        world.until(|status| status.connected).await;
        let text = format!("round {round}");
        world.sim.post_as(&alice, &dm, &text, "").unwrap();
        let heard = world.hears().await;
        assert_eq!(heard.text, text);
        world.echo(&heard).await;
        world.instance.shutdown(Duration::from_secs(5)).await.unwrap();
        let World { sim: server, seed: people, instance, events, .. } = world;
        drop((instance, events));
        (sim, seed) = (Some(server), Some(people));
        // The first rounds fill caches and the allocator's arenas.
        if round + 1 == 20 {
            warm = Some(settled(usage()).await);
        }
    }
    let (threads, descriptors, resident) = warm.unwrap();
    let after = settled((threads, descriptors, resident)).await;
    assert!(after.0 <= threads + 1, "threads: {threads} after 20 rounds, {} after {ROUNDS}", after.0);
    assert!(
        after.1 <= descriptors + 2,
        "descriptors: {descriptors} after 20 rounds, {} after {ROUNDS}",
        after.1
    );
    let grown = after.2.saturating_sub(resident);
    assert!(grown < 8 * 1024, "resident memory grew by {grown} kB in 80 rounds");
}

/// The usage once the server and the runtime have noticed that everybody left: at most `before`, or what is there
/// after two seconds.
async fn settled(before: (usize, usize, usize)) -> (usize, usize, usize) {
    for _ in 0..20 {
        let now = usage();
        if now.0 <= before.0 && now.1 <= before.1 {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    usage()
}
