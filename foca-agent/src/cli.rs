//! The command line.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use foca_runtime_tokio::Config;

/// Fewest members that a demonstration has.
pub const MEMBERS_MIN: u8 = 2;

/// Most members that a demonstration has.
pub const MEMBERS_MAX: u8 = 50;

const EXAMPLES: &str = "\
Examples:
  See a cluster form, lose a member and notice, in one terminal:
    foca-agent demo

  A cluster of three, in three terminals; any running member will do to join through:
    foca-agent run 127.0.0.1:8000
    foca-agent run 127.0.0.1:8001 -a 127.0.0.1:8000
    foca-agent run 127.0.0.1:8002 -a 127.0.0.1:8000

Try 'foca-agent run --help' for everything that can be set.";

const RUN_EXAMPLES: &str = "\
Examples:
  The first member, and another one that joins through it:
    foca-agent run 127.0.0.1:8000
    foca-agent run 127.0.0.1:8001 -a 127.0.0.1:8000

  On every interface of a host, with the list of members in a file:
    foca-agent run 0.0.0.0:8000 -i 192.0.2.7:8000 -a seed.example.org:8000 -f /run/foca/members

Log lines go to stderr; RUST_LOG=debug or RUST_LOG=warn makes them more or fewer. Ctrl-C or SIGTERM
says goodbye to the cluster and ends the agent; a second one ends it at once.

Exit codes:
  0  ended as asked, after saying goodbye
  1  the socket failed, or something else broke while running
  2  the command line cannot be parsed
  3  an address on the command line cannot be understood
  4  cannot bind to BIND_ADDR, for example because the port is in use
  5  a seed cannot be resolved, or our socket cannot send to it
  6  other members could not send to us: -i is missing or wrong
  7  the member file cannot be written
  130 or 143  a second SIGINT or SIGTERM ended it before the goodbye was said

Nothing is encrypted or authenticated yet: keep the port closed to whom you do not trust.";

/// Cluster membership by gossip: every agent knows who is up, who has left and who has crashed.
#[derive(Clone, Debug, Parser)]
#[command(name = "foca-agent", version, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the agent can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Take part in a cluster until told to end.
    Run(RunOptions),
    /// Show a cluster at work: it forms, loses a member and notices, all in this one process.
    Demo(DemoOptions),
}

/// How to take part in a cluster.
#[derive(Args, Clone, Debug)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunOptions {
    /// Address to receive at, such as 127.0.0.1:8000. Port 0 picks a free one.
    #[arg(value_name = "BIND_ADDR")]
    pub bind_addr: String,

    /// Member to join through, as HOST:PORT. Can be given several times; names are resolved once,
    /// at the start. Tried again for as long as it is not in the cluster. May be our own address.
    #[arg(short, long, value_name = "ADDR")]
    pub announce: Vec<String>,

    /// Address that other members send to, if it is not BIND_ADDR. Port 0 stands for the port bound.
    #[arg(short, long, value_name = "ADDR")]
    pub identity: Option<String>,

    /// File that always holds the addresses of the active members, ourselves included: sorted, one
    /// a line, replaced as a whole.
    #[arg(short, long, value_name = "FILE")]
    pub filename: Option<PathBuf>,

    /// Name of the cluster. Members of other clusters are not listened to. This keeps neighbours
    /// apart, not attackers out.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub cluster: Option<String>,

    /// Timing, for the network between the members. All members should have the same. How often news
    /// is repeated and how long a suspected member may take to answer follow the size of the cluster.
    #[arg(long, value_enum, default_value_t)]
    pub profile: Profile,
}

/// Timing that suits a kind of network.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Profile {
    /// One data centre: a probe a second.
    #[default]
    Lan,
    /// Across the internet: a probe every five seconds.
    Wan,
    /// One machine, in a hurry: for tests and demonstrations.
    Local,
}

impl Profile {
    /// The configuration for such a network.
    #[must_use]
    pub fn config(self) -> Config {
        match self {
            Self::Lan => Config::lan(),
            Self::Wan => Config::wan(),
            Self::Local => Config::local(),
        }
    }
}

/// What to show.
#[derive(Args, Clone, Debug)]
pub struct DemoOptions {
    /// Number of members, 2 to 50.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        value_parser = value_parser!(u8).range(i64::from(MEMBERS_MIN)..=i64::from(MEMBERS_MAX)),
    )]
    pub members: u8,

    /// Print lines one after the other and redraw nothing, as is done when stdout is no terminal.
    #[arg(long)]
    pub plain: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn run_options(arguments: &[&str]) -> RunOptions {
        let command_line = ["foca-agent", "run"].iter().chain(arguments);
        match Cli::try_parse_from(command_line).expect("valid").command {
            Command::Run(options) => options,
            Command::Demo(_) => panic!("not what was asked for"),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_line_of_the_published_agent_works() {
        let options = run_options(&["127.0.0.1:8001", "-a", "127.0.0.1:8000"]);
        assert_eq!(options.bind_addr, "127.0.0.1:8001");
        assert_eq!(options.announce, ["127.0.0.1:8000"]);
        assert_eq!(options.profile, Profile::Lan);
    }

    #[test]
    fn every_option_has_its_long_and_short_form() {
        let short = run_options(&[
            "-a", "a:1", "-a", "b:2", "-i", "c:3", "-f", "members", "d:4",
        ]);
        let long = run_options(&[
            "d:4",
            "--announce=a:1",
            "--announce=b:2",
            "--identity=c:3",
            "--filename=members",
        ]);
        for options in [short, long] {
            assert_eq!(options.bind_addr, "d:4");
            assert_eq!(options.announce, ["a:1", "b:2"]);
            assert_eq!(options.identity.as_deref(), Some("c:3"));
            assert_eq!(options.filename, Some(PathBuf::from("members")));
        }
    }

    #[test]
    fn a_demonstration_has_2_to_50_members() {
        let demo = |members: &str| {
            Cli::try_parse_from(["foca-agent", "demo", "--members", members]).is_ok()
        };
        assert!(demo("2") && demo("50"));
        assert!(!demo("1") && !demo("51") && !demo("300") && !demo("-3") && !demo("many"));
    }
}
