//! The skills that are commands: folders with a `SKILL.md`, as OpenClaw has them.
//! <https://docs.openclaw.ai/tools/skills>

use crate::settings::{self, Settings};
use host_sdk::protocol::Skill;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folders that are looked into, and what is read of a file at most, in bytes.
const MOST: usize = 500;
const LONGEST: u64 = 64 * 1024;

/// The skills in the state directory's and the workspace's `skills` that `skills.entries` does not switch off. Where two
/// have the same name the workspace's counts.
pub fn skills(settings: &Settings, config: &Value) -> Vec<Skill> {
    let workspace = config["agents"]["defaults"]["workspace"].as_str().map(str::trim);
    let workspace = workspace.filter(|path| !path.is_empty()).map(settings::expanded);
    let folders = [Some(settings.state_dir.clone()), Some(settings.state_dir.join("workspace")), workspace];
    let mut found: BTreeMap<String, Skill> = BTreeMap::new();
    for folder in folders.into_iter().flatten() {
        for skill in folders_in(&folder.join("skills")).iter().filter_map(|folder| skill(folder)) {
            found.insert(skill.name.clone(), skill);
        }
    }
    let entries = &config["skills"]["entries"];
    found.into_values().filter(|skill| entries[&skill.name]["enabled"] != false).collect()
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir());
    let mut folders: Vec<PathBuf> = folders.take(MOST).collect();
    folders.sort();
    folders
}

fn skill(folder: &Path) -> Option<Skill> {
    let mut text = String::new();
    std::fs::File::open(folder.join("SKILL.md")).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    let usual = folder.file_name()?.to_str()?;
    let skill = head(&text, usual);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!skill.name.is_empty() && skill.name.chars().all(plain)).then_some(skill)
}

/// What the head of a file says, between two lines of dashes.
fn head(text: &str, usual: &str) -> Skill {
    let mut skill = Skill { name: usual.to_owned(), description: String::new() };
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim) != Some("---") {
        return skill;
    }
    for (key, value) in lines.take_while(|line| line.trim() != "---").filter_map(|line| line.split_once(':'))
    {
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        match key.trim_end() {
            "name" if !value.is_empty() => skill.name = value,
            "description" => skill.description = value,
            _ => {}
        }
    }
    skill
}

#[cfg(test)]
mod tests {
    use super::{folders_in, head, skill};
    use host_sdk::protocol::Skill;

    #[test]
    fn a_skill_is_named_by_its_head_or_its_folder() {
        let skill = |name: &str, description: &str| Skill {
            name: name.to_owned(),
            description: description.to_owned(),
        };
        for (text, expected) in [
            (
                "---\nname: deploy\ndescription: \"Roll out: now\"\n---\n# x\nname: other",
                skill("deploy", "Roll out: now"),
            ),
            ("# Only text", skill("folder", "")),
            ("---\r\nname:\r\ndescription: d\r\n---\r\n", skill("folder", "d")),
            ("", skill("folder", "")),
        ] {
            assert_eq!(head(text, "folder"), expected, "{text:?}");
        }
    }

    #[test]
    fn only_folders_with_a_file_and_a_name_that_can_be_a_command_are_skills() {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in
            [("a", Some("---\ndescription: d\n---")), ("b", None), ("c", Some("---\nname: two words\n---"))]
        {
            let folder = home.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            if let Some(text) = text {
                std::fs::write(folder.join("SKILL.md"), text).unwrap();
            }
        }
        std::fs::write(home.path().join("file"), "").unwrap();
        let found: Vec<Skill> = folders_in(home.path()).iter().filter_map(|folder| skill(folder)).collect();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].description.as_str()), ("a", "d"));
        assert!(folders_in(&home.path().join("missing")).is_empty());
    }
}
