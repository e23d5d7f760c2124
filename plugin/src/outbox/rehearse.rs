//! What would become of a message. Nothing is made for it.

use super::deliver::{Cancelled, Deliverer, root_id};
use super::media;
use super::retry::Retry;
use super::target::Target;
use crate::buttons::Card;
use crate::directory::{self, Server};
use host_sdk::protocol::{Error, Outbound, Receipt};

impl Deliverer {
    /// Check everything that a delivery needs, and make nothing.
    ///
    /// # Errors
    /// Those of the delivery, as far as they can be known.
    pub(super) async fn rehearse(
        &self,
        server: &Server,
        target: &Target,
        (message, card): (&Outbound, &Card),
        cancelled: Cancelled<'_>,
    ) -> Result<Receipt, Error> {
        let mut retry = Retry::new(self.role, self.bell.clone(), cancelled);
        let resolved = loop {
            match directory::resolve(server, target).await {
                Ok(resolved) => break resolved,
                Err(error) => retry.pause(error).await?,
            }
        };
        let channel_id = resolved.channel_id.unwrap_or_default();
        let thread_root_id = root_id(&server.client, message, &channel_id).await?;
        media::readable(&self.roots, &server.account.config, &message.media).await?;
        let known = !channel_id.is_empty();
        Ok(Receipt {
            account_id: resolved.account_id,
            target: if known { format!("channel:{channel_id}") } else { resolved.id },
            target_words: resolved.words,
            channel_id,
            thread_root_id,
            text: self.text(&server.account, message, card),
            buttons: card.names(),
            dry_run: true,
            ..Receipt::default()
        })
    }
}
