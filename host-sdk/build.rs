//! The echo example is a loadable channel: pin it, as the header promises.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if !["macos", "ios", "windows"].contains(&os.as_str()) {
        // Cargo's narrower forms leave out examples that are libraries; in a program the flag means nothing.
        println!("cargo:rustc-link-arg=-Wl,-z,nodelete");
    }
}
