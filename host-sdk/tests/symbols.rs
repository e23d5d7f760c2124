//! What the library shows to the loader, and what a release has promised.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(unsafe_code)]

#[path = "support/layout.rs"]
mod layout;
mod support;

use object::Object;
use object::read::NameOrOrdinal;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/abi").join(name)
}

#[test]
fn the_library_exports_exactly_the_promised_symbols() {
    let bytes = std::fs::read(support::echo_path()).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let mut names: Vec<String> = file
        .exports()
        .unwrap()
        .map(|export| match export.unwrap().name() {
            NameOrOrdinal::Name(name) => String::from_utf8_lossy(name).into_owned(),
            NameOrOrdinal::Ordinal(number) => format!("#{number}"),
        })
        // Mach-O puts an underscore before every name.
        .map(|name| if cfg!(target_os = "macos") { name.trim_start_matches('_').to_owned() } else { name })
        .collect();
    names.sort();
    let promised = std::fs::read_to_string(committed("symbols.txt")).unwrap();
    let promised: Vec<&str> = promised.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(names, promised, "a symbol more is a promise more; a symbol less breaks hosts");
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_asks_the_loader_never_to_unload_it() {
    let Ok(output) = Command::new("readelf").arg("-d").arg(support::echo_path()).output() else {
        println!("skipped: there is no readelf here");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("NODELETE"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_stays_mapped_and_works_after_it_was_unloaded() {
    use host_sdk::abi::{ENTRY_SYMBOL, EntryFn, OC_E_INVALID_ARGUMENT, oc_error};
    let path = support::echo_path();
    // SAFETY: our own example.
    let library = unsafe { libloading::Library::new(&path) }.unwrap();
    // SAFETY: the header's type.
    let entry = *unsafe { library.get::<EntryFn>(ENTRY_SYMBOL.as_bytes()) }.unwrap();
    library.close().unwrap();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    assert!(maps.contains("libecho_channel.so"), "it was unmapped");
    let mut error = oc_error::zeroed();
    // SAFETY: it is mapped, as was just seen; null is a documented argument.
    let table = unsafe { entry(std::ptr::null(), &raw mut error) };
    assert!(table.is_null());
    assert_eq!(error.code, OC_E_INVALID_ARGUMENT);
    // SAFETY: filled by the call just now.
    let said = unsafe { (error.message.into_text(), error.detail_json.into_text()) };
    assert!(said.0.contains("request"), "{said:?}");
}

/// The layout of now, as it is written down at a release.
fn record() -> Value {
    let structs: serde_json::Map<String, Value> = layout::structs()
        .iter()
        .map(|it| {
            let fields: Vec<Value> =
                it.fields.iter().map(|(name, at, size)| json!([name, at, size])).collect();
            (it.name.to_owned(), json!({ "size": it.size, "fields": fields }))
        })
        .collect();
    let constants: serde_json::Map<String, Value> = layout::constants()
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(i64::try_from(*value).unwrap())))
        .collect();
    json!({ "pointer_width": usize::BITS, "structs": structs, "constants": constants })
}

/// Everything in which `now` breaks what `then` promised.
fn broken(then: &Value, now: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, value) in then["constants"].as_object().unwrap() {
        // The newest minor is the one number that grows.
        if name != "OC_ABI_MINOR" && now["constants"][name] != *value {
            broken.push(format!("{name} was {value}, is {}", now["constants"][name]));
        }
    }
    for (name, was) in then["structs"].as_object().unwrap() {
        let (is, frozen) = (&now["structs"][name], ["oc_str", "oc_buf"].contains(&name.as_str()));
        let (was_size, is_size) = (was["size"].as_u64(), is["size"].as_u64());
        if is_size < was_size || (frozen && is_size != was_size) {
            broken.push(format!("{name} had {was_size:?} bytes, has {is_size:?}"));
        }
        let (was, is) =
            (was["fields"].as_array().unwrap(), is["fields"].as_array().cloned().unwrap_or_default());
        for (at, field) in was.iter().enumerate() {
            if is.get(at) != Some(field) {
                broken.push(format!("{name}: {field} became {:?}", is.get(at)));
            }
        }
    }
    broken
}

#[test]
fn every_released_layout_is_only_ever_extended() {
    if usize::BITS != 64 {
        println!("skipped: the records are of 64-bit systems");
        return;
    }
    let now = record();
    for minor in 0..=host_sdk::abi::OC_ABI_MINOR {
        let path = committed(&format!("v1.{minor}.json"));
        if std::env::var_os("UPDATE_ABI").is_some() && minor == host_sdk::abi::OC_ABI_MINOR && !path.exists()
        {
            std::fs::write(&path, serde_json::to_string_pretty(&now).unwrap() + "\n").unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| {
            panic!("{} is missing: write it once, at the release, with UPDATE_ABI=1", path.display())
        });
        let then: Value = serde_json::from_str(&text).unwrap();
        let broken = broken(&then, &now);
        assert!(
            broken.is_empty(),
            "ABI 1.{minor} is broken; fields may only be appended:\n{}",
            broken.join("\n")
        );
    }
}

#[test]
fn a_break_of_the_layout_would_be_noticed() {
    let then = record();
    let mut moved = then.clone();
    moved["structs"]["oc_host"]["fields"].as_array_mut().unwrap().swap(3, 4);
    let mut grown = then.clone();
    grown["structs"]["oc_buf"]["size"] = json!(40);
    let mut renumbered = then.clone();
    renumbered["constants"]["OC_E_BUSY"] = json!(-99);
    for changed in [&moved, &grown, &renumbered] {
        assert!(!broken(&then, changed).is_empty());
    }
    let mut appended = then.clone();
    appended["structs"]["oc_host"]["size"] = json!(64);
    appended["structs"]["oc_host"]["fields"].as_array_mut().unwrap().push(json!(["later", 56, 8]));
    assert!(broken(&then, &appended).is_empty());
}
