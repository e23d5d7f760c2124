//! Buttons that are not for the agent: they turn the pages of a list, or answer a question that waits in the host.

use super::handler::{Click, Clicks};
use super::question;
use crate::picker;
use host_sdk::protocol::HttpResponse;

/// The response to a click on such a button; `None`: it is a plain one.
pub(super) async fn answer(clicks: &Clicks, click: &Click) -> Option<HttpResponse> {
    if let Some(response) = question::answer(&clicks.deps, click).await {
        return Some(response);
    }
    picker::answer(&clicks.deps, &clicks.picks, click).await
}
