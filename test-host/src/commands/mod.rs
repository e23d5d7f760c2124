//! One file for each family of commands.

mod buttons;
mod channels;
mod directory;
mod doctor;
mod gateway;
mod message;
mod pairing;
mod plugins;
mod sim;
mod watch;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::logging::{self, Level};
use crate::settings::Settings;
use std::future::Future;

/// Do what the command line says.
pub fn run(cli: Cli) -> Result<(), Failure> {
    // These two are children that answer for a library; nothing of the user's is needed.
    match &cli.command {
        Command::Verify { library } => {
            crate::plugins::verify_answer(library);
            return Ok(());
        }
        Command::AbiCheckOne { name, library } => {
            crate::abi_check::one(name, library);
            return Ok(());
        }
        _ => {}
    }
    let settings = Settings::new(&cli.global)?;
    let usual = if matches!(cli.command, Command::Gateway(_)) { Level::Info } else { Level::Warn };
    logging::start(settings.log_level.unwrap_or(usual));
    match cli.command {
        Command::Demo(options) => block_on(crate::demo::run(settings.json, options)),
        Command::PlainPosts => block_on(crate::demo::plain_posts()),
        Command::Plugins(command) => plugins::run(&settings, command),
        Command::Gateway(command) => block_on(gateway::run(settings, command)),
        Command::Channels(command) => block_on(channels::run(&settings, command)),
        Command::Message(command) => block_on(message::run(&settings, command)),
        Command::Buttons(command) => block_on(buttons::run(&settings, command)),
        Command::Directory(command) => block_on(directory::run(&settings, command)),
        Command::Doctor(options) => block_on(doctor::run(&settings, options)),
        Command::Pairing(command) => block_on(pairing::run(&settings, command)),
        Command::Sim(options) => block_on(sim::run(settings.json, options)),
        Command::Watch(options) => block_on(watch::run(settings.json, options)),
        Command::Chaos(options) => block_on(crate::chaos::run(settings, options)),
        Command::ChaosProxy(options) => block_on(crate::chaos_proxy_command::run(settings.json, options)),
        Command::Soak(options) => block_on(crate::soak::run(settings.json, options)),
        Command::Attacks(options) => block_on(crate::attacks::run(settings.json, options)),
        Command::Abi(crate::cli::Abi::Check(options)) => {
            block_on(crate::abi_check::command(settings.json, options))
        }
        Command::AbiCheckOne { .. } | Command::Verify { .. } => Ok(()),
    }
}

/// One thread is enough: plugins bring their own, and a small process is worth more than a second core here.
fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::system("cannot start the runtime", &error))?;
    let result = runtime.block_on(work);
    // Nothing that still waits (a name being looked up) may hold up the end.
    runtime.shutdown_background();
    result
}
