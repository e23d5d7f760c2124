//! Whole conversations with real servers, cut and resumed: the machine asks for what the recorded client asked
//! for, and reads from the answer whether anything was lost.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use std::collections::BTreeMap;

use mattermost_client::Frame;
use mattermost_client::connection::How;
use mattermost_client::connection::machine::{Effect, Input, Received};
use serde_json::Value;
use support::recordings::{recordings, steps};
use support::sim::{Sim, closed, connect, connected, resume};

/// One recorded socket: the path it was opened with, and what came over it.
#[derive(Default)]
struct Recorded {
    path: String,
    frames: Vec<Frame>,
}

#[test]
fn recorded_resumptions_go_as_recorded() {
    let Some(recordings) = recordings() else { return };
    let mut sockets: BTreeMap<(String, String), Recorded> = BTreeMap::new();
    for (file, step) in steps(&recordings) {
        let key = |part: &str| {
            let name = step.pointer(&format!("/{part}/conn")).and_then(Value::as_str).unwrap();
            (file.clone(), name.to_owned())
        };
        if let Some(path) = step.pointer("/ws_open/path") {
            sockets.entry(key("ws_open")).or_default().path = path.as_str().unwrap().to_owned();
        } else if let Some(frame) = step.pointer("/ws_recv/frame") {
            let frame = Frame::parse(&frame.to_string()).unwrap();
            sockets.entry(key("ws_recv")).or_default().frames.push(frame);
        }
    }
    let (mut resumed, mut fresh) = (0, 0);
    for ((file, name), first) in &sockets {
        let Some(stem) = name.strip_suffix("-1") else { continue };
        let Some(second) = sockets.get(&(file.clone(), format!("{stem}-2"))) else { continue };
        // The recorded client lied in these, to see what the server makes of it.
        if ["unknown", "zero", "ahead"].contains(&stem) {
            continue;
        }
        let mut sim = Sim::new();
        sim.feed(Input::Tick);
        assert_eq!(play(&mut sim, first, file), How::Fresh, "{file} {name}");
        sim.feed(closed());
        let query = second.path.split_once("?connection_id=").unwrap().1;
        let (id, sequence) = query.split_once("&sequence_number=").unwrap();
        let asked = if id.is_empty() { None } else { resume(id, sequence.parse().unwrap()) };
        assert_eq!(connect(&sim.wait()), asked, "{file} {name}");
        let greeted =
            second.frames.iter().any(|frame| matches!(Received::from(frame), Received::Hello { .. }));
        let how = play(&mut sim, second, file);
        assert_eq!(how, if greeted { How::Fresh } else { How::Resumed }, "{file} {name}");
        match how {
            How::Resumed => resumed += 1,
            How::Fresh => fresh += 1,
        }
    }
    println!("{resumed} resumed, {fresh} begun anew");
    assert!(resumed >= 5 && fresh >= 5);
}

/// Feeds the frames of a socket that just opened. Every event must be handed out, none of them a gap.
fn play(sim: &mut Sim, socket: &Recorded, file: &str) -> How {
    sim.feed(Input::Opened);
    let mut how = None;
    for frame in &socket.frames {
        let mut received = Received::from(frame);
        if let Received::Reply { seq_reply, .. } = &mut received {
            // The recorded client did not send a challenge first, so its ping was number 1.
            *seq_reply = Some(2);
        }
        let event = matches!(received, Received::Event { .. });
        let effects = sim.feed(Input::Received(received));
        assert_eq!(effects.contains(&Effect::Deliver), event, "{file}: {frame:?}: {effects:?}");
        if effects.iter().any(|effect| matches!(effect, Effect::Emit(_))) {
            how = Some(connected(&effects));
        }
    }
    how.unwrap()
}
