//! The exported symbols of the shared library.

#![allow(unsafe_code)]

host_sdk::export_channel!(crate::Mattermost);
