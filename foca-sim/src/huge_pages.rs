//! Memory in pages of two megabytes, for clusters that fit into no cache.

/// Begins this program again, in the same process, with an allocator that asks for huge pages.
///
/// Thousands of members are in no cache, and with pages of 4 KiB what finds a page is in none either: each
/// access then waits twice. Quiet clusters of 1,000 members run a tenth to a third faster with huge pages.
///
/// To be called first in `main`. The allocator is that of the GNU C library on Linux, which reads
/// `glibc.malloc.hugetlb=1` from the variable `GLIBC_TUNABLES` once, at the start of a program; whoever
/// has set that variable, to whatever value, has decided, and nothing is done. Neither is anything
/// done on other systems, or where the program cannot be begun again.
pub fn use_huge_pages() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    begin_again();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn begin_again() {
    use std::env;
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    const VARIABLE: &str = "GLIBC_TUNABLES";
    if env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else {
        return;
    };
    let mut args = env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = args.next() {
        command.arg0(name);
    }
    // It returns only if that failed, and then all goes on as it was.
    let _ = command
        .args(args)
        .env(VARIABLE, "glibc.malloc.hugetlb=1")
        .exec();
}
