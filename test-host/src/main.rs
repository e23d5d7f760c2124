//! A host for channel plugins that speaks the grammar of the `openclaw` command.
//!
//! It installs plugins, runs them in a gateway with a simple agent, sends messages, and has a demo that needs
//! neither a server nor a configuration.

#![forbid(unsafe_code)]

mod abi_check;
mod agent;
mod attacks;
mod channels;
mod chaos;
mod chaos_proxy_command;
mod child;
mod cli;
mod client;
mod commands;
mod config;
mod demo;
mod doctor;
mod failure;
mod files;
mod gateway;
mod http;
mod logging;
mod models;
mod nearest;
mod output;
mod pairing;
mod plugins;
mod proc;
mod scratch;
mod secrets;
mod settings;
mod setup;
mod signals;
mod soak;
mod table;
mod times;
mod watch;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::finish(output::usage(&error)),
    };
    let json = cli.global.json;
    let code = match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output::failed(&failure, json),
    };
    output::finish(code)
}
