//! What the system tells of a process.

/// A process's resident memory.
#[cfg(target_os = "linux")]
pub fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// A process's resident memory.
#[cfg(not(target_os = "linux"))]
pub fn resident(pid: u32) -> Option<u64> {
    let output =
        std::process::Command::new("ps").args(["-o", "rss=", "-p", &pid.to_string()]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().parse::<u64>().ok()? * 1024)
}

/// Its threads; where the system tells it.
pub fn threads(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

/// Its open descriptors; where the system tells it.
pub fn descriptors(pid: u32) -> Option<u64> {
    u64::try_from(std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count()).ok()
}
