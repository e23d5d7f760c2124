//! The library, its entry function and its table.

use super::{Check, Checked, Not, Subject, must, refused};
use host_sdk::abi;
use host_sdk::host::raw::{EntryArgs, ErrorArg, RawLibrary};
use host_sdk::host::{Library, LoadError};

pub const CHECKS: &[(&str, Check)] = &[
    ("table-is-complete", complete),
    ("table-is-constant", constant),
    ("flat-symbols-are-the-table", flat_symbols),
    ("layout-agrees", layout),
    ("entry-refuses-future-abi", future_abi),
    ("entry-refuses-wrong-requests", wrong_requests),
    ("entry-takes-newer-hosts", newer_hosts),
    ("stays-mapped-after-unload", stays_mapped),
];

fn complete(subject: &Subject) -> Checked {
    let table = subject.library.table();
    must(table.magic == abi::OC_MAGIC, || format!("the magic number is {:#x}", table.magic))?;
    let known = 0..=abi::OC_ABI_MINOR;
    must(known.contains(&table.abi_minor), || format!("it answers with ABI 1.{}", table.abi_minor))?;
    must(table.missing.is_empty(), || format!("null functions: {}", table.missing.join(", ")))?;
    must(table.reserved == 0, || "the reserved field is not 0".to_owned())?;
    must(table.flags & abi::OC_FLAG_THREAD_SAFE != 0, || "OC_FLAG_THREAD_SAFE is not set".to_owned())?;
    let [id, name, version, build] = &table.texts;
    must(!id.is_empty() && !name.is_empty() && !version.is_empty(), || format!("empty: {:?}", table.texts))?;
    let build = serde_json::from_str::<serde_json::Value>(build);
    must(build.is_ok_and(|build| build.is_object()), || "build_json is no JSON object".to_owned())
}

fn constant(subject: &Subject) -> Checked {
    let address = subject.library.table().address;
    for _ in 0..3 {
        let (again, _) = subject.library.entry(&EntryArgs::default(), ErrorArg::default());
        must(again == address, || "two entry calls returned two tables".to_owned())?;
    }
    let (again, _) = subject.library.entry(&EntryArgs::default(), ErrorArg::Null);
    must(again == address, || "a null error changes the answer".to_owned())
}

fn flat_symbols(subject: &Subject) -> Checked {
    let strangers = subject.library.table().strangers;
    must(strangers.is_empty(), || format!("absent, or not the table's own: {}", strangers.join(", ")))
}

fn layout(subject: &Subject) -> Checked {
    match Library::open(&subject.path) {
        Ok(library) if library.info().layout_checked => Ok(()),
        Ok(_) => Err(Not::Checked("no abi_stable root module: not a Rust plugin of this SDK".to_owned())),
        Err(error @ LoadError::Layout { .. }) => Err(Not::Kept(error.to_string())),
        Err(error) => Err(Not::Kept(format!("a Rust host cannot load it: {error}"))),
    }
}

fn future_abi(subject: &Subject) -> Checked {
    let future = EntryArgs { abi_min: 1_000_000, abi_max: u32::MAX, ..EntryArgs::default() };
    let (table, outcome) = subject.library.entry(&future, ErrorArg::default());
    must(table == 0, || "it claims to speak ABI 1.1000000".to_owned())?;
    refused("abi_min 1000000", &outcome, abi::OC_E_VERSION_MISMATCH)
}

fn wrong_requests(subject: &Subject) -> Checked {
    let good = EntryArgs::default();
    for (what, wrong) in [
        ("a null request", EntryArgs { struct_size: None, ..good }),
        ("struct_size 0", EntryArgs { struct_size: Some(0), ..good }),
        ("struct_size 4", EntryArgs { struct_size: Some(4), ..good }),
        ("struct_size 47", EntryArgs { struct_size: Some(47), ..good }),
        ("abi_min above abi_max", EntryArgs { abi_min: 3, abi_max: 2, ..good }),
    ] {
        let (table, outcome) = subject.library.entry(&wrong, ErrorArg::default());
        must(table == 0, || format!("{what} is accepted"))?;
        refused(what, &outcome, abi::OC_E_INVALID_ARGUMENT)?;
    }
    Ok(())
}

fn newer_hosts(subject: &Subject) -> Checked {
    for newer in [
        EntryArgs { abi_max: u32::MAX, ..EntryArgs::default() },
        EntryArgs { struct_size: Some(4_096), ..EntryArgs::default() },
    ] {
        let (table, outcome) = subject.library.entry(&newer, ErrorArg::default());
        must(table != 0, || format!("a newer host is refused: {}", outcome.message()))?;
    }
    Ok(())
}

fn stays_mapped(subject: &Subject) -> Checked {
    if subject.library.table().flags & abi::OC_FLAG_NEVER_UNLOAD == 0 {
        return Err(Not::Checked("the library does not say OC_FLAG_NEVER_UNLOAD".to_owned()));
    }
    if !cfg!(target_os = "linux") {
        return Err(Not::Checked("the list of mappings is read on Linux only".to_owned()));
    }
    // A copy, so that the handle that this process holds already does not keep it mapped.
    let copy = subject.scratch.join("copy-of-the-library.so");
    let system = |error: std::io::Error| Not::Checked(format!("cannot make a copy of the library: {error}"));
    std::fs::create_dir_all(&subject.scratch).map_err(system)?;
    std::fs::copy(&subject.path, &copy).map_err(system)?;
    RawLibrary::load_and_unload(&copy).map_err(Not::Kept)?;
    let maps = std::fs::read_to_string("/proc/self/maps").map_err(system)?;
    must(maps.contains("copy-of-the-library.so"), || {
        "it was unmapped, although it says never to be".to_owned()
    })
}
