//! The Mattermost channel.
