//! `plugins install`: what it takes, what it refuses, and that it is all or nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use support::{Home, libraries};

/// A plugin folder with the echo library.
fn folder(home: &Home, manifest: &Value) -> std::path::PathBuf {
    let folder = home.path().join("source");
    home.write("source/openclaw.plugin.json", &manifest.to_string());
    std::fs::create_dir_all(folder.join("native")).unwrap();
    std::fs::copy(libraries::echo(), folder.join("native").join(libraries::file_name("echo_channel")))
        .unwrap();
    folder
}

#[test]
fn a_bare_library_is_installed_with_its_record() {
    let home = Home::new();
    let said = home.install(&libraries::echo()).ok();
    assert!(said.stdout.starts_with("✅ Installed plugin: echo "), "{}", said.stdout);
    let record = std::fs::read_to_string(home.extension("echo").join("install.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["id"], "echo");
    assert_eq!(record["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(Path::new(record["source"].as_str().unwrap()), libraries::echo().canonicalize().unwrap());
    assert!(home.extension("echo").join(record["library"].as_str().unwrap()).is_file());
}

#[test]
fn json_output_is_one_document() {
    let home = Home::new();
    let library = libraries::echo();
    let said = home.run(&["plugins", "install", library.to_str().unwrap(), "--json"]).ok();
    let answer = said.json();
    assert_eq!((&answer["ok"], &answer["id"], &answer["abi"]), (&json!(true), &json!("echo"), &json!("1.0")));
    assert_eq!(answer["replaced"], Value::Null);
}

#[test]
fn a_plugin_folder_is_installed_with_its_files() {
    let home = Home::new();
    let source = folder(&home, &json!({ "id": "echo", "name": "Echo", "channels": ["echo"] }));
    home.write("source/README.md", "read me");
    home.write("source/node_modules/x/index.js", "");
    home.install(&source).ok();
    assert!(home.extension("echo").join("README.md").is_file());
    assert!(!home.extension("echo").join("node_modules").exists());
}

#[test]
fn a_package_archive_is_installed() {
    let home = Home::new();
    let source = folder(&home, &json!({ "id": "echo" }));
    let package = home.path().join("package");
    std::fs::rename(source, &package).unwrap();
    let archive = home.path().join("echo-1.0.0.tgz");
    let tar = std::process::Command::new("tar")
        .args(["-czf", archive.to_str().unwrap(), "-C", home.path().to_str().unwrap(), "package"])
        .status();
    assert!(tar.unwrap().success());
    home.install(&archive).ok();
    home.run(&["plugins", "inspect", "echo"]).ok();
}

#[test]
fn an_install_replaces_the_old_version_and_says_so() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    std::fs::write(home.extension("echo").join("old"), "").unwrap();
    let said = home.install(&libraries::echo()).ok();
    assert!(said.stdout.contains("replaces 0.1.0"), "{}", said.stdout);
    assert!(!home.extension("echo").join("old").exists());
}

#[test]
fn a_failed_install_leaves_the_old_version_and_nothing_else() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    let source = folder(&home, &json!({ "id": "echo" }));
    let library = source.join("native").join(libraries::file_name("echo_channel"));
    std::fs::copy(libraries::not_a_plugin(), &library).unwrap();
    home.install(&source).failed(&["not an OpenClaw channel plugin", library.to_str().unwrap()]);
    home.run(&["message", "send", "--channel", "echo", "--target", "room:a", "--message", "x"]).ok();
    let names: Vec<_> =
        std::fs::read_dir(home.extension("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn what_a_killed_install_left_is_cleaned_up_and_the_old_version_comes_back() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    home.write("extensions/.staging-dead/native/half", "");
    std::fs::rename(home.extension("echo"), home.extension(".replaced-echo")).unwrap();
    let said = home.run(&["plugins", "list"]).ok();
    assert!(said.stdout.contains("echo"), "{}", said.stdout);
    home.install(&libraries::echo()).ok();
    assert!(!home.extension(".staging-dead").exists() && !home.extension(".replaced-echo").exists());
}

#[test]
fn a_missing_path_is_named() {
    let home = Home::new();
    home.run(&["plugins", "install", "/no/such/plugin"])
        .failed(&["/no/such/plugin does not exist", "hint: "]);
}

#[test]
fn a_folder_without_a_manifest_is_named() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("empty")).unwrap();
    home.install(&home.path().join("empty")).failed(&["empty has no openclaw.plugin.json", "hint: "]);
}

#[test]
fn a_malformed_manifest_is_told_with_line_and_column() {
    let home = Home::new();
    let path = home.write("bad/openclaw.plugin.json", "{\n  \"id\": \"x\",\n  \"name\" \"y\"\n}");
    home.install(path.parent().unwrap()).failed(&[&format!("{}:3:10: ", path.display()), "hint: "]);
}

#[test]
fn a_manifest_of_another_plugin_is_refused() {
    let home = Home::new();
    let source = folder(&home, &json!({ "id": "other" }));
    home.install(&source).failed(&["\"other\"", "\"echo\"", "openclaw.plugin.json"]);
    assert!(!home.extension("other").exists() && !home.extension("echo").exists());
}

#[test]
fn a_folder_without_the_library_names_the_file_that_is_missing() {
    let home = Home::new();
    let source = home.write("bare/openclaw.plugin.json", r#"{ "id": "bare" }"#);
    home.write("bare/package.json", r#"{ "openclawNative": { "library": "bare" } }"#);
    home.install(source.parent().unwrap()).failed(&["no native library", &libraries::file_name("bare")]);
}

#[test]
fn a_shared_library_that_is_no_plugin_is_refused() {
    let home = Home::new();
    home.install(&libraries::not_a_plugin()).failed(&["not an OpenClaw channel plugin", "hint: "]);
}

#[test]
fn a_file_that_is_no_library_is_refused() {
    let home = Home::new();
    let file = home.write("notes.txt", "hello");
    home.install(&file).failed(&["notes.txt is not a shared library"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_for_another_processor_is_refused_by_name() {
    let home = Home::new();
    let mut bytes = std::fs::read(libraries::echo()).unwrap();
    let (machine, name) = if cfg!(target_arch = "aarch64") { (62, "x86_64") } else { (183, "aarch64") };
    bytes[18] = machine;
    let path = home.path().join(libraries::file_name("foreign"));
    std::fs::write(&path, bytes).unwrap();
    home.install(&path).failed(&[name, std::env::consts::ARCH]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_that_crashes_while_loading_is_an_error_and_nothing_more() {
    let home = Home::new();
    let source = "extern \"C\" fn crash() { std::process::abort() }\n\
        #[used] #[unsafe(link_section = \".init_array\")] static CRASH: extern \"C\" fn() = crash;";
    let library = libraries::compile(home.path(), "crash", source);
    home.install(&library).failed(&["crashed while it was loaded", "libcrash.so", "SIGABRT"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_that_hangs_while_loading_is_given_up() {
    let home = Home::new();
    let source = "extern \"C\" fn hang() { loop { std::thread::sleep(std::time::Duration::from_secs(9)) } }\n\
        #[used] #[unsafe(link_section = \".init_array\")] static HANG: extern \"C\" fn() = hang;";
    let library = libraries::compile(home.path(), "hang", source);
    home.install(&library).failed(&["did not finish loading", "libhang.so"]);
}

#[test]
fn a_plugin_that_refuses_this_hosts_abi_is_refused() {
    let home = Home::new();
    let source = "#[unsafe(no_mangle)] pub extern \"C\" fn openclaw_channel_entry_v1(\
        _request: *const u8, _error: *mut u8) -> *const u8 { std::ptr::null() }";
    let library = libraries::compile(home.path(), "future", source);
    home.install(&library).failed(&["do not fit together", "hint: "]);
}

#[test]
#[cfg(unix)]
fn a_folder_that_everybody_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let source = folder(&home, &json!({ "id": "echo" }));
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    open(&source);
    home.install(&source).failed(&["can be written by every user", "chmod o-w"]);
    home.install(&libraries::echo()).ok();
    open(&home.extension("echo"));
    let said = home.run(&["plugins", "list"]).ok();
    assert!(said.stdout.contains("broken"), "{}", said.stdout);
    home.run(&["message", "send", "--channel", "echo", "--target", "room:a", "--message", "x"])
        .failed(&["can be written by every user"]);
}

#[test]
#[cfg(unix)]
fn a_library_that_everybody_may_replace_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let source = folder(&home, &json!({ "id": "echo" }));
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let native = source.join("native");
    let library = native.join(libraries::file_name("echo_channel"));
    for path in [&native, &library] {
        set(path, 0o777);
        home.install(&source).failed(&["can be written by every user", path.to_str().unwrap()]);
        set(path, 0o755);
    }
    set(home.path(), 0o777);
    home.install(&libraries::echo()).failed(&["can be written by every user", home.path().to_str().unwrap()]);
    set(home.path(), 0o700);
    home.install(&source).ok();
    set(home.path(), 0o777);
    home.run(&["plugins", "list"]).failed(&["can be written by every user"]);
}

#[test]
fn a_record_that_leads_out_of_the_plugin_folder_is_refused() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    let path = home.extension("echo").join("install.json");
    let mut record: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let echo = libraries::echo();
    for library in ["../echo.so", "native/../../echo.so", echo.to_str().unwrap()] {
        record["library"] = json!(library);
        std::fs::write(&path, record.to_string()).unwrap();
        home.run(&["message", "send", "--channel", "echo", "--target", "room:a", "--message", "x"])
            .failed(&["install.json", "inside the plugin folder"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_that_is_not_the_installed_one_is_told_and_cannot_crash_the_host() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    let send = ["message", "send", "--channel", "echo", "--target", "room:a", "--message", "x"];
    assert!(!home.run(&send).ok().stderr.contains("not the file that was installed"));
    let library = home.extension("echo").join("native").join(libraries::file_name("echo_channel"));
    let mut bytes = std::fs::read(&library).unwrap();
    bytes.push(0);
    std::fs::write(&library, &bytes).unwrap();
    let said = home.run(&send).ok();
    assert!(said.stderr.contains("WARN") && said.stderr.contains("not the file that was installed"));
    let source = "extern \"C\" fn crash() { std::process::abort() }\n\
        #[used] #[unsafe(link_section = \".init_array\")] static CRASH: extern \"C\" fn() = crash;";
    std::fs::copy(libraries::compile(home.path(), "crash", source), &library).unwrap();
    home.run(&send).failed(&["crashed while it was loaded"]);
    let status = home.run(&["channels", "status"]).ok();
    assert!(status.stdout.contains("crashed while it was loaded"), "{}", status.stdout);
    home.run(&["gateway", "run", "--port", "0"]).failed(&["crashed while it was loaded"]);
}

#[test]
fn a_package_is_never_built_from_source() {
    let home = Home::new();
    home.write("package/openclaw.plugin.json", r#"{ "id": "x" }"#);
    let package =
        r#"{ "openclawNative": { "library": "x", "cargo": { "manifest": "Cargo.toml", "package": "x" } } }"#;
    home.write("package/package.json", package);
    home.write(
        "package/Cargo.toml",
        "[package]\nname = \"x\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n",
    );
    home.write("package/src/lib.rs", "");
    let ran = home.path().join("ran");
    home.write("package/build.rs", &format!("fn main() {{ std::fs::write({ran:?}, \"\").unwrap() }}"));
    let archive = home.path().join("x.tgz");
    let tar = std::process::Command::new("tar")
        .args(["-czf", archive.to_str().unwrap(), "-C", home.path().to_str().unwrap(), "package"])
        .status();
    assert!(tar.unwrap().success());
    home.install(&archive).failed(&["no native library for this machine"]);
    assert!(!ran.exists());
}

#[test]
fn a_checkout_cannot_have_a_workspace_elsewhere_built() {
    let home = Home::new();
    let source = folder(&home, &json!({ "id": "echo" }));
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let cargo = json!({ "manifest": manifest, "package": "x" });
    let package = json!({ "openclawNative": { "library": "echo_channel", "cargo": cargo } });
    home.write("source/package.json", &package.to_string());
    home.install(&source).failed(&["package.json", "must be relative to the plugin folder"]);
}

#[test]
fn a_library_with_half_a_table_is_refused() {
    let home = Home::new();
    let source = "#[repr(C, align(8))] struct Half(u32, u32, u64);\n\
        static HALF: Half = Half(16, 0, u64::from_le_bytes(*MAGIC));\n\
        #[unsafe(no_mangle)] pub extern \"C\" fn openclaw_channel_entry_v1(\
        _request: *const u8, _error: *mut u8) -> *const u8 { (&raw const HALF).cast() }\n";
    let source = format!("{source}const MAGIC: &[u8; 8] = &{:?};", host_sdk::abi::OC_MAGIC.to_le_bytes());
    let library = libraries::compile(home.path(), "half", &source);
    home.install(&library).failed(&["do not fit together", "16 bytes instead of"]);
}

#[test]
#[cfg(unix)]
fn a_package_from_npm_without_a_native_library_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.write("made/package/openclaw.plugin.json", r#"{ "id": "x" }"#);
    // An npm that packs what it always packs.
    let script = format!(
        "#!/bin/sh\nwhile [ \"$1\" != --pack-destination ]; do shift; done\ntar -czf \"$2/x.tgz\" -C {}/made package\n",
        home.path().display()
    );
    let npm = home.write("bin/npm", &script);
    std::fs::set_permissions(&npm, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", npm.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = home.command(&["plugins", "install", "@scope/x"]);
    support::said(command.env("PATH", path)).failed(&["npm package @scope/x has no native library"]);
    let mut command = home.command(&["plugins", "install", "@scope/x"]);
    support::said(command.env("PATH", "/nowhere")).failed(&["npm is not installed"]);
}
