//! An account's server, asked under its brake.

use crate::account::Account;
use crate::brake::{Brake, Brakes};
use host_sdk::protocol::Error;
use mattermost_client::Client;
use std::future::Future;
use std::sync::Arc;

/// An account's server.
#[derive(Clone)]
pub(crate) struct Server {
    /// Who asks.
    pub account: Arc<Account>,
    /// The account's client.
    pub client: Client,
    /// The server's brake.
    pub brake: Arc<Brake>,
}

impl Server {
    /// The server of an account.
    ///
    /// # Errors
    /// The account's problem, or that it is switched off.
    pub(crate) fn of(account: Arc<Account>, brakes: &Brakes) -> Result<Self, Error> {
        let client = account.client()?;
        let brake = brakes.of(client.server().as_str());
        Ok(Self { account, client, brake })
    }

    /// Make a call when the server may be asked.
    ///
    /// # Errors
    /// The call's.
    pub(crate) async fn ask<T>(
        &self,
        call: impl Future<Output = Result<T, mattermost_client::Error>>,
    ) -> Result<T, mattermost_client::Error> {
        self.brake.ready().await;
        let answer = call.await;
        if let Err(error) = &answer {
            self.brake.heed(error);
        }
        answer
    }
}
