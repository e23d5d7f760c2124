//! The ledger and the reading against a server, a socket and a journal that do their worst.
//!
//! Whatever is lost on the socket, read from a replica that is behind, or forgotten in a crash: every post is given to
//! the host, once by each process that does not know that it is done, and no mark says that something was heard that
//! was not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod ledger;

use ledger::Millis;
use ledger::world::{Item, Op, World};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Seeds that failed once are tried first.
const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proptest-regressions/ledger_model.txt");

/// `PROPTEST_CASES` asks for more than usual.
fn config(usual: u32) -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(SEEDS)) as _);
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { usual };
    ProptestConfig { cases, failure_persistence, max_shrink_iters: 5_000, ..default }
}

fn write() -> impl Strategy<Value = Op> {
    let own = || prop::bool::weighted(0.1);
    let few = (0..8_usize, 1..4_usize, 0..3_i64, own());
    let burst = (0..8_usize, 150..450_usize, 0..4_i64, own());
    prop_oneof![30 => few, 1 => burst].prop_map(|(room, count, gap, own)| Op::Write { room, count, gap, own })
}

fn op() -> impl Strategy<Value = Op> {
    let wait = || prop_oneof![Just(0_i64), 0..2_000_i64, 0..90_000_i64];
    prop_oneof![
        12 => write(),
        1 => (0..4_usize, prop_oneof![2 => 0..5_usize, 1 => 150..450_usize]).prop_map(|(kind, past)| Op::Create { kind, past }),
        1 => (0..8_usize, 0..10_000_i64).prop_map(|(room, age)| Op::Purge { room, age }),
        3 => wait().prop_map(Op::Cut),
        1 => Just(Op::Deaf),
        2 => wait().prop_map(Op::Crash),
    ]
}

/// What happens, each with the time since the one before.
fn schedule() -> impl Strategy<Value = Vec<(Millis, Op)>> {
    let gap = prop_oneof![4 => 0..5_i64, 4 => 0..3_000_i64, 2 => 0..100_000_i64];
    prop::collection::vec((gap, op()), 1..50)
}

/// The same in rounds: quiet until the marks move, then much at once, which ends with the connection or the process.
fn rounds() -> impl Strategy<Value = Vec<(Millis, Op)>> {
    let few = (0..4_usize, 1..3_usize, 0..3_i64).prop_map(|(room, count, gap)| Op::Write {
        room,
        count,
        gap,
        own: false,
    });
    let quiet = prop_oneof![2 => 31_000..34_000_i64, 1 => 60_000..100_000_i64];
    let gap = prop_oneof![3 => 0..5_i64, 2 => 0..1_500_i64];
    let op = prop_oneof![9 => few, 1 => Just(Op::Deaf)];
    let end = prop_oneof![(0..400_i64).prop_map(Op::Cut), (0..400_i64).prop_map(Op::Crash)];
    let round = (quiet, prop::collection::vec((gap, op), 1..10), 0..1_500_i64, end);
    prop::collection::vec(round, 1..6).prop_map(|rounds| {
        let plan = |(quiet, ops, gap, end)| {
            let mut ops: Vec<(Millis, Op)> = ops;
            ops[0].0 += quiet;
            ops.push((gap, end));
            ops
        };
        rounds.into_iter().flat_map(plan).collect()
    })
}

fn play(seed: u64, lag: Millis, reorder: Millis, schedule: &[(Millis, Op)]) -> World {
    let mut world = World::new(seed, lag, reorder);
    let mut at = 0;
    for (gap, op) in schedule {
        at += gap;
        world.after(at, Item::Op(op.clone()));
    }
    world.run(at);
    // The longest pause, all readings, and two audits.
    world.run(300_000);
    world.check_held();
    world.end();
    world
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn every_post_is_taken_once(
        seed in any::<u64>(),
        lag in prop_oneof![Just(0_i64), 0..=5_000_i64],
        reorder in prop_oneof![Just(0_i64), 0..1_000_i64],
        schedule in schedule(),
    ) {
        play(seed, lag, reorder, &schedule);
    }

    #[test]
    fn also_after_a_quiet_time(
        seed in any::<u64>(),
        lag in prop_oneof![1 => Just(0_i64), 3 => 0..=5_000_i64],
        reorder in prop_oneof![1 => Just(0_i64), 3 => 0..1_000_i64],
        rounds in rounds(),
    ) {
        play(seed, lag, reorder, &rounds);
    }

    #[test]
    fn in_order_where_nothing_is_behind_and_nothing_overtakes(seed in any::<u64>(), schedule in schedule()) {
        play(seed, 0, 0, &schedule);
    }
}

/// The model itself: what is written is given.
#[test]
fn the_model_gives_what_is_written() {
    let write = |count| Op::Write { room: 3, count, gap: 1, own: false };
    let schedule = [(60_000, write(3)), (1_000, Op::Cut(1_000)), (500, write(700)), (5_000, Op::Crash(0))];
    let world = play(1, 2_000, 500, &schedule);
    assert!(world.gives >= 703, "{}", world.gives);
    assert_eq!(world.processes, 2);
}
