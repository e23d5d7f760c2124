//! Which files of this machine may be sent.

use host_sdk::protocol::{Error, ErrorCode, Role};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Which files may be sent. A short-lived client runs with the rights of whoever typed the path and may send any; in a
/// gateway the path comes from an agent, which must not be able to post any file that the gateway can read.
#[derive(Clone, Debug)]
pub(crate) enum Roots {
    /// Any file.
    Any,
    /// Files in these folders.
    Within(Vec<PathBuf>),
}

impl Roots {
    /// The rule of an instance: a gateway's host names folders, to which that of received files is added.
    pub(crate) fn new(role: Role, mut named: Vec<PathBuf>, received: Option<&Path>) -> Self {
        match role {
            Role::Client => Self::Any,
            Role::Gateway => {
                named.extend(received.map(Path::to_owned));
                Self::Within(named)
            }
        }
    }

    /// Open a file that may be sent. Blocks.
    ///
    /// # Errors
    /// `FORBIDDEN` for a file outside, wherever a link that leads there stands; why it cannot be read.
    pub(super) fn open(&self, path: &Path) -> Result<File, Error> {
        let real = match self {
            Self::Any => path.to_owned(),
            Self::Within(roots) => within(roots, path)?,
        };
        // A pipe would block the opening.
        let data = std::fs::metadata(&real).map_err(|error| unreadable(path, &error))?;
        if !data.is_file() {
            return Err(refused(path, ErrorCode::InvalidArgument, "it is not a file"));
        }
        let file = File::open(&real).map_err(|error| unreadable(path, &error))?;
        if let Self::Within(roots) = self {
            // Between the look and the opening a part of the path may have become a link.
            let same = within(roots, &real)? == real && is_same(&file, &real);
            if !same {
                return Err(refused(path, ErrorCode::Forbidden, "it changed while it was looked at"));
            }
        }
        Ok(file)
    }
}

/// Where a path really leads, if that is within a root. A relative path is looked for in each root.
fn within(roots: &[PathBuf], path: &Path) -> Result<PathBuf, Error> {
    // A folder that is not there (yet) has no files either.
    let real_roots: Vec<PathBuf> = roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
    let candidates: Vec<PathBuf> = match path.is_absolute() {
        true => vec![path.to_owned()],
        false => real_roots.iter().map(|root| root.join(path)).collect(),
    };
    let found = candidates.iter().find_map(|path| path.canonicalize().ok());
    let inside = found.filter(|real| real_roots.iter().any(|root| real.starts_with(root)));
    // One answer for what is outside and what is not there: an agent must not learn which files exist.
    inside.ok_or_else(|| {
        let names: Vec<String> = real_roots.iter().map(|root| root.display().to_string()).collect();
        let why =
            format!("it is not in a folder whose files may be sent ({}), or not there", names.join(", "));
        refused(path, ErrorCode::Forbidden, &why)
    })
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same(_file: &File, _path: &Path) -> bool {
    true
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    refused(path, ErrorCode::InvalidArgument, &format!("the file cannot be read: {error}"))
}

pub(super) fn refused(path: &Path, code: ErrorCode, why: &str) -> Error {
    Error::new(code, format!("{}: {why}", path.display())).at("media")
}

#[cfg(all(test, unix))]
mod tests {
    use super::Roots;
    use host_sdk::protocol::{ErrorCode, Role};
    use std::io::Read as _;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_gateway_sends_files_of_its_folders_and_nothing_else() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (root, secret) = (inside.path(), outside.path().join("secret"));
        std::fs::write(root.join("a.txt"), "a").unwrap();
        std::fs::write(&secret, "s").unwrap();
        symlink(&secret, root.join("link")).unwrap();
        symlink(outside.path(), root.join("folder")).unwrap();
        symlink(root.join("a.txt"), root.join("alias")).unwrap();
        let roots = Roots::new(Role::Gateway, vec![root.to_owned(), "/not/there".into()], None);
        let read = |path: &std::path::Path| {
            let mut text = String::new();
            roots.open(path).map(|mut file| file.read_to_string(&mut text).map(|_| text).unwrap())
        };
        for path in [root.join("a.txt"), root.join("alias"), "a.txt".into(), root.join("x/../a.txt")] {
            if path.ends_with("x/../a.txt") {
                std::fs::create_dir(root.join("x")).unwrap();
            }
            assert_eq!(read(&path).unwrap(), "a", "{}", path.display());
        }
        let up = root.join("..").join(outside.path().file_name().unwrap()).join("secret");
        for path in [secret.clone(), root.join("link"), root.join("folder/secret"), up, "link".into()] {
            let error = read(&path).unwrap_err();
            assert_eq!(error.code, ErrorCode::Forbidden, "{}", path.display());
        }
        let missing = read(&outside.path().join("none")).unwrap_err();
        assert_eq!(missing.message.replace("none", "secret"), read(&secret).unwrap_err().message);
        assert_eq!(read(&root.join("x")).unwrap_err().code, ErrorCode::InvalidArgument);
        assert!(Roots::new(Role::Client, vec![], None).open(&secret).is_ok());
    }
}
