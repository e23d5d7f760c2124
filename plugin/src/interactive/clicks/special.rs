//! Buttons that are not for the agent: they turn the pages of a list, or answer a question that waits in the host.

use super::handler::{Click, Clicks};
use host_sdk::protocol::HttpResponse;

/// The response to a click on such a button; `None`: it is a plain one.
pub(super) async fn answer(_clicks: &Clicks, _click: &Click) -> Option<HttpResponse> {
    None
}
