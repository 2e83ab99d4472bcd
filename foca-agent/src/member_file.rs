//! A file that is replaced as a whole: readers see the old list or the new one, never half of one.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The file that lists the active members.
#[derive(Debug)]
pub(crate) struct MemberFile {
    path: PathBuf,
    /// In the same directory, because only within a file system renaming replaces atomically.
    temporary: PathBuf,
}

impl MemberFile {
    /// Chooses the file, without writing. A symbolic link is followed, once and here.
    ///
    /// # Errors
    ///
    /// If there is something else than a regular file, such as a directory or a device, which
    /// replacing would destroy.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        let path = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => fs::canonicalize(path)?,
            Ok(_) => return Err(unsuitable("not a regular file")),
            Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error),
        };
        let Some(name) = path.file_name() else {
            return Err(unsuitable("not the name of a file"));
        };
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.tmp", std::process::id()));
        Ok(Self {
            temporary: path.with_file_name(temporary),
            path,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file. On an error it is what it was.
    pub(crate) fn replace(&self, contents: &str) -> io::Result<()> {
        let replaced = self
            .write_aside(contents)
            .and_then(|()| fs::rename(&self.temporary, &self.path));
        if replaced.is_err() {
            let _ = fs::remove_file(&self.temporary);
        }
        replaced
    }

    fn write_aside(&self, contents: &str) -> io::Result<()> {
        // What an earlier process of this number left behind is in the way of `create_new`, which
        // follows no link that somebody else has put there.
        match fs::remove_file(&self.temporary) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = File::create_new(&self.temporary)?;
        file.write_all(contents.as_bytes())
    }
}

/// The contents of the file: the addresses sorted by number, IPv4 first, one a line.
pub(crate) fn contents(addrs: impl IntoIterator<Item = SocketAddr>) -> String {
    let mut addrs: Vec<SocketAddr> = addrs.into_iter().collect();
    addrs.sort_unstable();
    addrs.iter().map(|addr| format!("{addr}\n")).collect()
}

fn unsuitable(problem: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of this test process, removed with all that is in it.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("foca-agent-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn names(&self) -> Vec<OsString> {
            let entries = fs::read_dir(&self.0).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn addresses_are_sorted_by_number() {
        let addrs = ["[::1]:1", "10.0.0.10:80", "10.0.0.9:443", "10.0.0.9:80"];
        let contents = contents(addrs.map(|addr| addr.parse().expect("an address")));
        assert_eq!(
            contents,
            "10.0.0.9:80\n10.0.0.9:443\n10.0.0.10:80\n[::1]:1\n"
        );
    }

    #[test]
    fn a_reader_keeps_the_old_file_and_nothing_else_stays() {
        let directory = Directory::new("replace");
        let file = MemberFile::at(&directory.0.join("members")).unwrap();
        file.replace("old\n").unwrap();
        let mut reader = File::open(file.path()).unwrap();
        file.replace("new\n").unwrap();
        assert_eq!(io::read_to_string(&mut reader).unwrap(), "old\n");
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "new\n");
        assert_eq!(directory.names(), ["members"]);
    }

    #[test]
    fn what_is_no_regular_file_is_not_replaced() {
        let directory = Directory::new("irregular");
        assert!(MemberFile::at(&directory.0).is_err());
        assert!(MemberFile::at(Path::new("")).is_err());
        assert!(MemberFile::at(Path::new("/")).is_err());
        #[cfg(unix)]
        assert!(MemberFile::at(Path::new("/dev/null")).is_err());
        let missing = MemberFile::at(&directory.0.join("missing/members")).unwrap();
        assert_eq!(missing.replace("").unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let directory = Directory::new("link");
        let (target, link) = (directory.0.join("target"), directory.0.join("link"));
        fs::write(&target, "old\n").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        MemberFile::at(&link).unwrap().replace("new\n").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new\n");
    }

    #[test]
    fn a_leftover_of_an_earlier_process_is_not_in_the_way() {
        let directory = Directory::new("leftover");
        let file = MemberFile::at(&directory.0.join("members")).unwrap();
        fs::write(&file.temporary, "half a li").unwrap();
        file.replace("whole\n").unwrap();
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "whole\n");
        assert_eq!(directory.names(), ["members"]);
    }
}
