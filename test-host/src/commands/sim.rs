//! `sim`: the embedded Mattermost by itself.

use crate::cli::{ServerVersion, Sim as Options, SlashCommands};
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use mattermost_sim::{Options as SimOptions, Seed, Sim, Version};
use serde_json::json;
use std::error::Error as _;

/// Run the embedded Mattermost until a signal.
pub async fn run(as_json: bool, options: Options) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let version = match options.version {
        ServerVersion::V11_6 => Version::V11_6,
        ServerVersion::V5_16 => Version::V5_16,
    };
    let mut wanted = SimOptions::version(version).listen(options.listen).admin_api(options.admin);
    wanted.rate_limit = options.rate_limit;
    wanted.own_commands = options.slash_commands.map(|who| who == SlashCommands::Everybody);
    if let Some(list) = options.allow_internal {
        wanted.allowed_internal = list;
    }
    let sim = Sim::start(wanted).await.map_err(|error| {
        let why = error.source().map_or_else(String::new, |why| format!(": {why}"));
        Failure::new(format!("{error}{why}"), "choose another address with --listen, for example 127.0.0.1:0")
    })?;
    let seed = match options.seed {
        true => Some(sim.seed().map_err(|error| Failure::system("the embedded Mattermost", &error))?),
        false => None,
    };
    if as_json {
        let mut answer = json!({ "url": sim.url(), "version": version.number() });
        if let Some(seed) = &seed {
            answer["seed"] = json!(seed);
        }
        output::json(&answer);
    } else {
        output::line(format!("Mattermost {} at {} (Ctrl-C ends it)", version.number(), sim.url()));
        if let Some(seed) = &seed {
            tell(&sim.url(), seed);
        }
        if options.admin {
            output::line(format!(
                "Faults are switched at {0}/_sim/faults, settings at {0}/_sim/settings",
                sim.url()
            ));
        }
    }
    tokio::select! {
        _ = signals.next() => {}
        // Nobody could learn its address.
        () = output::lost() => {}
    }
    sim.stop().await;
    Ok(())
}

/// What a newcomer needs to begin with.
fn tell(url: &str, seed: &Seed) {
    output::line(format!("export MATTERMOST_URL={url}"));
    output::line(format!("export MATTERMOST_BOT_TOKEN={}", seed.token("openclaw")));
    output::line(format!(
        "The bot is @openclaw in #general, #ops and #secret of the team `lab`; alice, bob and mallory log in with the \
         password {}",
        seed.password
    ));
    output::line(
        "A bot connects to a server on this machine only where its configuration says so: \
         `test-host channels add --use-env --allow-private-network` writes one",
    );
    // Everything there is to see needs somebody who says something.
    output::line(format!(
        "To speak as alice: MATTERMOST_BOT_TOKEN={} test-host message send --channel mattermost --target @openclaw \
         --message hello",
        seed.token("alice")
    ));
}
