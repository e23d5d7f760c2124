//! The echo example is a loadable channel: pin it, as the header promises.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if !["macos", "ios", "windows"].contains(&os.as_str()) {
        println!("cargo:rustc-link-arg-examples=-Wl,-z,nodelete");
    }
}
