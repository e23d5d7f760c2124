//! The routes that a channel names, and what the log says of them.

use host_sdk::host::http::Routes;
use host_sdk::protocol::{HttpRoute, HttpRoutes, RoutePurpose};
use std::net::SocketAddr;
use url::Url;

/// The longest piece of a plugin's words in a line of the log.
const SHOWN: usize = 200;

/// What one channel serves.
#[derive(Debug)]
pub struct Announced {
    channel: String,
    routes: Routes,
    local: SocketAddr,
    last: HttpRoutes,
    some_refused: bool,
}

impl Announced {
    /// Nothing yet. `local`: where this machine reaches it.
    pub fn new(channel: &str, routes: Routes, local: SocketAddr) -> Self {
        let last = HttpRoutes::default();
        Self { channel: channel.to_owned(), routes, local, last, some_refused: false }
    }

    /// Serve what the channel names now, and say what is new.
    pub fn see(&mut self, routes: HttpRoutes) {
        // A path that another channel had may be free by now.
        if routes == self.last && !self.some_refused {
            return;
        }
        let refused = self.routes.replace(routes.clone());
        for refused in &refused {
            tracing::error!("{}: {refused}", self.channel);
        }
        for gone in self.last.routes.iter().filter(|old| routes.routes.iter().all(|new| new.path != old.path))
        {
            tracing::info!("{}: no longer serving {}", self.channel, shown(&gone.path));
        }
        let known = |route: &HttpRoute| self.last.routes.contains(route);
        let is_refused = |route: &HttpRoute| refused.iter().any(|refused| refused.path == route.path);
        for route in routes.routes.iter().filter(|route| !known(route) && !is_refused(route)) {
            tracing::info!("{}: {}", self.channel, self.sentence(route));
        }
        self.some_refused = !refused.is_empty();
        self.last = routes;
    }

    fn sentence(&self, route: &HttpRoute) -> String {
        let what = match route.purpose {
            RoutePurpose::Interactions => "clicks on buttons",
            RoutePurpose::Commands => "slash commands",
            _ => "HTTP requests",
        };
        let here = format!("{what} arrive at http://{}{}", self.local, shown(&route.path));
        let told: Vec<String> = route.public_urls.iter().take(8).map(|url| public(url)).collect();
        if told.is_empty() {
            return here;
        }
        format!("{here}; the server is told to call {}", told.join(", "))
    }
}

/// A URL without what may be a secret in it.
fn public(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return "an address that is no URL".to_owned() };
    // A URL that can have neither has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    shown(url.as_str())
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::public;

    #[test]
    fn the_log_shows_no_secret_of_a_url() {
        assert_eq!(public("https://me:s3cret@gw.example/a?token=s3cret#s3cret"), "https://gw.example/a");
        assert_eq!(public("s3cret"), "an address that is no URL");
    }
}
