//! The layout check for Rust hosts.
//!
//! A plugin built with this crate exports, beside the C symbols, an `abi_stable` root module. A Rust host compares
//! the layouts of every struct of the border through it before the first call and refuses with a readable
//! difference. Nothing of it is part of the C ABI, and a plugin without it is accepted.

use super::tables::oc_channel_api;
use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::package_version_strings;
use abi_stable::sabi_types::VersionStrings;

/// The exported root module: it reaches the layout of every struct through the table.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ChannelModuleRef)))]
#[sabi(missing_field(panic))]
pub struct ChannelModule {
    /// The very table that the C entry function returns.
    #[sabi(last_prefix_field)]
    pub api: &'static oc_channel_api,
}

impl RootModule for ChannelModuleRef {
    abi_stable::declare_root_module_statics! {ChannelModuleRef}
    const BASE_NAME: &'static str = "openclaw_channel";
    const NAME: &'static str = "openclaw_channel";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}
