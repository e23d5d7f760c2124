//! Clients by other people, unchanged, against the server.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]
#![allow(clippy::print_stderr, reason = "a test that was skipped says so")]

mod judges;

use mattermost_sim::{Options, Sim};

#[tokio::test]
async fn the_official_javascript_client_is_satisfied() {
    let packages = ["@mattermost/client@11.6.0", "@mattermost/types@11.6.0", "ws@8.18.3"];
    let Some(folder) = judges::npm("mattermost-client-js", &packages).await else { return };
    let sim = Sim::start(Options::default()).await.unwrap();
    judges::judge(&sim, "node".as_ref(), "client.mjs", &folder).await;
}

#[tokio::test]
async fn the_python_driver_is_satisfied() {
    let packages = ["mattermostautodriver==11.6.1", "httpx==0.28.1", "aiohttp==3.14.5"];
    let Some(folder) = judges::python("mattermost-driver-python", &packages).await else { return };
    let sim = Sim::start(Options::default()).await.unwrap();
    judges::judge(&sim, &folder.join("bin/python"), "driver.py", &folder).await;
}
