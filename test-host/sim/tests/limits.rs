//! Rate limiting and the request log.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::Lab;
use mattermost_sim::{Options, RateLimit, Version};

#[tokio::test]
async fn who_asks_too_fast_is_told_in_plain_text() {
    let limit = RateLimit { per_second: 1, burst: 2 };
    let lab = Lab::with(Options::version(Version::V11_6).rate_limit(limit)).await;
    for left in ["2", "1", "0"] {
        let answer = lab.get("openclaw", "/users/me").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["x-ratelimit-limit"], "3");
        assert_eq!(answer.headers["x-ratelimit-remaining"], left);
    }
    let refused = lab.get("openclaw", "/users/me").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body, "limit exceeded\n");
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.headers["x-ratelimit-reset"], "3");
    assert_eq!(refused.headers.get("x-version-id"), None);
    let log = lab.sim.requests();
    assert_eq!(log.len(), 4);
    assert_eq!(
        (log[3].method.as_str(), log[3].path.as_str(), log[3].status),
        ("GET", "/api/v4/users/me", 429)
    );
}
