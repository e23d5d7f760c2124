//! A clock that jumps, for one process: needs a C compiler and a system that loads a library before others.

use crate::times;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

const SOURCE: &str = include_str!("clock.c");

/// A clock that jumps.
#[derive(Clone, Debug)]
pub struct Clock {
    library: PathBuf,
    offset: PathBuf,
}

impl Clock {
    /// Build it in a folder, and try it; why not otherwise.
    pub async fn new(folder: &Path) -> Result<Self, String> {
        if !cfg!(target_os = "linux") {
            return Err("needs Linux".to_owned());
        }
        let source = folder.join("clock.c");
        let clock = Self { library: folder.join("clock.so"), offset: folder.join("clock-offset") };
        std::fs::write(&source, SOURCE).map_err(|error| error.to_string())?;
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&clock.library).arg(&source);
        let built = compiler.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
        if !built.is_ok_and(|status| status.success()) {
            return Err("needs a C compiler (cc)".to_owned());
        }
        clock.jump(3_600).map_err(|error| error.to_string())?;
        let mut date = Command::new("date");
        date.arg("+%s");
        clock.prepare(&mut date);
        let said = date.output().await.map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&said.stdout).trim().parse::<i64>().unwrap_or_default();
        if said < times::now_ms() / 1000 + 3_000 {
            return Err("programs here cannot be given another clock".to_owned());
        }
        clock.jump(0).map_err(|error| error.to_string())?;
        Ok(clock)
    }

    /// Let a command have this clock.
    pub fn prepare(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("TEST_HOST_CLOCK", &self.offset);
    }

    /// Set how many seconds it is ahead.
    pub fn jump(&self, seconds: i64) -> std::io::Result<()> {
        // In place: processes have the file in their memory.
        let mut file = File::options().create(true).truncate(false).write(true).open(&self.offset)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&seconds.to_ne_bytes())
    }
}
