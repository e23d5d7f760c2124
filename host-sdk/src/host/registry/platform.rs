//! Which machine a library file was built for.

use super::error::RegistryError;
use object::{Architecture, BinaryFormat, Object, ObjectKind, ReadCache};
use std::fs::File;
use std::path::Path;

/// Refuse a file that is no shared library, or one of another machine, before anything tries to run it.
pub(super) fn check(path: &Path) -> Result<(), RegistryError> {
    let not_a_library = || RegistryError::NotALibrary { path: path.to_owned() };
    let file = File::open(path).map_err(RegistryError::io("cannot open", path))?;
    let cache = ReadCache::new(file);
    let Ok(object) = object::File::parse(&cache) else {
        // A macOS file for several processors; the loader takes the right part or says why not.
        return if cfg!(target_os = "macos") && is_universal(path) { Ok(()) } else { Err(not_a_library()) };
    };
    if object.kind() != ObjectKind::Dynamic {
        return Err(not_a_library());
    }
    let found = (object.format(), object.architecture());
    if found == (host_format(), host_architecture()) || host_architecture() == Architecture::Unknown {
        return Ok(());
    }
    Err(RegistryError::WrongPlatform {
        path: path.to_owned(),
        found: describe(found.0, found.1),
        host: describe(host_format(), host_architecture()),
    })
}

fn is_universal(path: &Path) -> bool {
    use std::io::Read;
    let mut magic = [0_u8; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok()
        && matches!(u32::from_be_bytes(magic), 0xcafe_babe | 0xcafe_babf)
}

const fn host_format() -> BinaryFormat {
    if cfg!(windows) {
        BinaryFormat::Pe
    } else if cfg!(target_vendor = "apple") {
        BinaryFormat::MachO
    } else {
        BinaryFormat::Elf
    }
}

/// `Unknown` on processors that are not listed: there the loader decides alone.
const fn host_architecture() -> Architecture {
    if cfg!(target_arch = "x86_64") {
        Architecture::X86_64
    } else if cfg!(target_arch = "aarch64") {
        Architecture::Aarch64
    } else if cfg!(target_arch = "x86") {
        Architecture::I386
    } else if cfg!(target_arch = "arm") {
        Architecture::Arm
    } else if cfg!(target_arch = "riscv64") {
        Architecture::Riscv64
    } else {
        Architecture::Unknown
    }
}

fn describe(format: BinaryFormat, architecture: Architecture) -> String {
    let system = match format {
        BinaryFormat::Elf => "Linux (ELF)",
        BinaryFormat::MachO => "macOS",
        BinaryFormat::Pe => "Windows",
        _ => "another system",
    };
    format!("{} on {system}", format!("{architecture:?}").to_lowercase())
}
