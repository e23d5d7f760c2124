//! The machine against a server that resumes as real ones do, over a network that does what it likes.
//!
//! Whatever happens, an event is handed out once and in order, or the machine says that something was missed; it comes
//! back soon after an outage, and it never knocks too often.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod model;

use mattermost_client::connection::State;
use model::Millis;
use model::faults::{DEAF, Net, Op};
use model::world::World;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Seeds that failed once are tried first.
const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proptest-regressions/machine_model.txt");

/// `PROPTEST_CASES` asks for more than usual.
fn config(usual: u32) -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(SEEDS)) as _);
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { usual };
    ProptestConfig { cases, failure_persistence, max_shrink_iters: 20_000, ..default }
}

fn net() -> impl Strategy<Value = Net> {
    prop_oneof![
        3 => Just(Net::Refusing),
        1 => Just(Net::Hanging),
        1 => (prop::sample::select(vec![404, 429, 502]), prop::option::of(0..20_u64)).prop_map(|(s, wait)| Net::Answering(s, wait)),
        1 => Just(Net::Slamming),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let sees = || prop_oneof![0..200_u64, 0..20_000_u64, Just(DEAF)];
    let cut = (prop::option::weighted(0.7, 0..2_000_u64), sees());
    prop_oneof![
        10 => (1..5_usize).prop_map(Op::Events),
        2 => (100..320_usize).prop_map(Op::Events),
        2 => (1..300_usize).prop_map(Op::Noise),
        5 => cut.prop_map(|(client, server)| Op::Cut { client, server }),
        2 => Just(Op::Mute),
        2 => (net(), 0..200_000_u64).prop_map(|(net, wait)| Op::Outage(net, wait)),
        1 => (0..100_000_u64).prop_map(Op::Restart),
        2 => (0..100_000_u64).prop_map(Op::Stall),
        1 => Just(Op::Lapse),
        1 => (0..100_000_u64).prop_map(Op::Block),
        1 => (0..900_u64).prop_map(Op::Delay),
    ]
}

/// What happens, each with the time since the one before.
fn schedule() -> impl Strategy<Value = Vec<(Millis, Op)>> {
    let gap = prop_oneof![4 => 0..50_u64, 4 => 0..3_000_u64, 2 => 0..120_000_u64];
    prop::collection::vec((gap, op()), 1..60)
}

/// Plays a schedule to its end, and lets everything calm down.
fn play(seed: u64, old: bool, schedule: &[(Millis, Op)]) -> World {
    let mut world = World::new(seed, old);
    let mut at = 0;
    for (gap, op) in schedule {
        at += gap;
        world.plan(at, op.clone());
    }
    // No outage and no stall takes longer.
    world.plan(at, Op::Delay(50));
    world.run(at + 200_000, |_| false);
    world.run(at + 500_000, |_| false);
    assert_eq!(world.machine.state(), State::Live, "not live five minutes after the last fault");
    world.plan(world.now, Op::Events(1));
    world.run(world.now + 1_000, |_| false);
    world.check.end(world.server.events());
    world
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn nothing_is_lost_in_silence_nor_handed_out_twice(seed in any::<u64>(), schedule in schedule()) {
        play(seed, false, &schedule);
    }

    #[test]
    fn nor_with_a_server_that_resumes_nothing(seed in any::<u64>(), schedule in schedule()) {
        let world = play(seed, true, &schedule);
        prop_assert_eq!(world.check.resumed, 0);
    }

    #[test]
    fn an_outage_of_a_minute_is_over_within_five_seconds(
        seed in any::<u64>(),
        old in any::<bool>(),
        net in prop::sample::select(vec![Net::Refusing, Net::Answering(502, None), Net::Slamming]),
        restart in any::<bool>(),
        outage in 0..60_000_u64,
        delay in 0..400_u64,
    ) {
        let mut world = World::new(seed, old);
        world.plan(0, Op::Delay(delay));
        world.plan(70_000, Op::Outage(net, outage));
        if restart {
            world.plan(70_000, Op::Restart(outage));
        }
        world.run(70_000, |_| false);
        world.run(70_000 + outage, |_| false);
        world.run(80_000 + outage, World::is_live);
        prop_assert!(world.now <= 75_000 + outage, "live after {} ms", world.now - 70_000 - outage);
    }
}

/// The model itself: it resumes what it can, and says so when it cannot.
#[test]
fn the_model_replays_and_refuses() {
    for (missed, resumed) in [(0, 1), (100, 1), (383, 0)] {
        let mut world = World::new(1, false);
        let mut at = 1_000;
        for op in [Op::Events(3), Op::Mute, Op::Events(missed), Op::Events(1)] {
            world.plan(at, op);
            at += 10;
        }
        world.run(200_000, |_| false);
        world.plan(world.now, Op::Events(1));
        world.run(201_000, |_| false);
        world.check.end(world.server.events());
        assert_eq!((world.check.resumed, world.check.fresh), (resumed, 2 - resumed), "{missed} missed");
        assert_eq!(world.server.sockets().len(), 1);
    }
}
