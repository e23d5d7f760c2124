//! `chaos-proxy`: a proxy that breaks connections, by a seeded schedule and by commands on stdin.

use crate::cli::ChaosProxy;
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use chaos_proxy::{Control, FaultKind, Options, Planned, Proxy, Schedule, Stats};
use serde_json::{Value, json};
use std::error::Error as _;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

/// The mean of the pauses in a schedule.
const MEAN_PAUSE: Duration = Duration::from_millis(4_250);
/// So that a schedule can be slowed down and sped up, but not to a standstill.
const PAUSES: std::ops::RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(86_400);

/// Run until a signal.
pub async fn run(as_json: bool, options: ChaosProxy) -> Result<(), Failure> {
    let kinds = kinds(options.faults.as_deref())?;
    let mut signals = Signals::new()?;
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(1..1_000_000));
    let proxy_options = Options { listen: options.listen, upstream: options.upstream.clone(), seed };
    let proxy = Proxy::start(proxy_options).await.map_err(|error| {
        let why = error.source().map_or_else(String::new, |why| format!(": {why}"));
        Failure::new(format!("{error}{why}"), "check --listen and --upstream, for example 127.0.0.1:8065")
    })?;
    let teller = Teller { as_json, began: Instant::now() };
    teller.listening(&proxy, &options.upstream, seed);
    let every = options.every.clamp(*PAUSES.start(), *PAUSES.end());
    tokio::select! {
        _ = signals.next() => {}
        // Nobody reads any more.
        () = output::lost() => {}
        () = faults(proxy.control(), Schedule::new(seed, &kinds), every, &teller) => {}
        () = commands(proxy.control(), &teller) => {}
    }
    teller.tell("stats", &stats(&proxy.control().stats()));
    proxy.stop().await;
    Ok(())
}

fn kinds(names: Option<&[String]>) -> Result<Vec<FaultKind>, Failure> {
    match names {
        None => Ok(FaultKind::ALL.to_vec()),
        Some([none]) if none == "none" => Ok(Vec::new()),
        Some(names) => {
            names.iter().map(|name| name.parse::<FaultKind>()).collect::<Result<_, _>>().map_err(|error| {
                Failure::new(error.to_string(), "name some of them with --faults, or `none`")
            })
        }
    }
}

/// What happens by itself, without end.
async fn faults(control: Control, schedule: Schedule, every: Duration, teller: &Teller) {
    for Planned { after, fault, lasting } in schedule {
        tokio::time::sleep(after.mul_f64(every.as_secs_f64() / MEAN_PAUSE.as_secs_f64())).await;
        teller.fault("begin", &fault.to_string(), lasting);
        control.begin(fault);
        tokio::time::sleep(lasting).await;
        control.end(fault);
        if !lasting.is_zero() {
            teller.fault("end", &fault.to_string(), Duration::ZERO);
        }
    }
    std::future::pending::<()>().await;
}

/// What somebody says on stdin; its end changes nothing.
async fn commands(control: Control, teller: &Teller) {
    let mut lines: Lines<BufReader<Stdin>> = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        if words == ["stats"] {
            teller.tell("stats", &stats(&control.stats()));
        } else if obey(&control, &words) {
            teller.tell("command", &json!(words.join(" ")));
        } else {
            output::note(format!("not understood: {line}; see `test-host chaos-proxy --help`"));
        }
    }
    std::future::pending::<()>().await;
}

/// Do what a line says; false when it says nothing that is known.
fn obey(control: &Control, words: &[&str]) -> bool {
    let on = match words {
        [_] | [_, "on"] => Some(true),
        [_, "off"] => Some(false),
        _ => None,
    };
    match (words, on) {
        (["cut"], _) => control.cut(),
        (["reset"], _) => control.reset(),
        (["clear"], _) => control.clear(),
        (["refuse", ..], Some(on)) => control.refuse(on),
        (["stall", ..], Some(on)) => control.stall(on),
        (["half-open", ..], Some(on)) => control.half_open(on),
        (["split", ..], Some(on)) => control.split(on),
        (["refuse-posts", ..], Some(on)) => control.refuse_posts(on),
        (["throttle", "off"], _) => control.throttle(None),
        (["throttle", rate], _) => match rate.parse() {
            Ok(rate) => control.throttle(Some(rate)),
            Err(_) => return false,
        },
        (["drop-post-response"], _) => control.drop_post_response(1),
        (["drop-post-response", count], _) => match count.parse() {
            Ok(count) => control.drop_post_response(count),
            Err(_) => return false,
        },
        _ => return false,
    }
    true
}

fn stats(stats: &Stats) -> Value {
    json!({
        "open": stats.open, "accepted": stats.accepted, "refused": stats.refused, "cut": stats.cut,
        "reset": stats.reset, "responses_dropped": stats.responses_dropped, "posts_refused": stats.posts_refused,
        "bytes_up": stats.bytes_up, "bytes_down": stats.bytes_down,
    })
}

/// Tells what happens, one line each.
struct Teller {
    as_json: bool,
    began: Instant,
}

impl Teller {
    fn listening(&self, proxy: &Proxy, upstream: &str, seed: u64) {
        let url = format!("http://{}", proxy.addr());
        if self.as_json {
            self.line(json!({ "event": "listening", "url": url, "upstream": upstream, "seed": seed }));
        } else {
            output::line(format!("{url} leads to {upstream}, seed {seed} (Ctrl-C ends it)"));
        }
    }

    fn fault(&self, event: &str, fault: &str, lasting: Duration) {
        if self.as_json {
            let lasting = u64::try_from(lasting.as_millis()).unwrap_or(u64::MAX);
            self.line(json!({ "event": event, "fault": fault, "lasting_ms": lasting }));
            return;
        }
        let text = match (event, lasting.is_zero()) {
            ("end", _) => format!("{fault} is over"),
            (_, true) => fault.to_owned(),
            _ => format!("{fault} for {:.1} s", lasting.as_secs_f64()),
        };
        output::line(format!("{:9.3} s  {text}", self.began.elapsed().as_secs_f64()));
    }

    fn tell(&self, event: &str, what: &Value) {
        if self.as_json {
            self.line(json!({ "event": event, event: what }));
            return;
        }
        let text = what.as_str().map_or_else(|| what.to_string(), str::to_owned);
        output::line(format!("{:9.3} s  {text}", self.began.elapsed().as_secs_f64()));
    }

    fn line(&self, mut event: Value) {
        let at = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        event["at_ms"] = json!(at);
        output::line(event.to_string());
    }
}
