//! What happened, in words for an operator.

use foca_runtime_tokio::{Event, NodeId};
use tracing::{Level, error, info, warn};

/// Logs an event of the membership as one line.
pub(crate) fn log(event: &Event<NodeId>) {
    let (level, line) = describe(event);
    match level {
        Level::ERROR => error!("{line}"),
        Level::WARN => warn!("{line}"),
        _ => info!("{line}"),
    }
}

fn describe(event: &Event<NodeId>) -> (Level, String) {
    let of_member =
        |what: &str, id: &NodeId| (Level::INFO, format!("member {what} {}", id.socket_addr()));
    match event {
        Event::MemberUp(id) => of_member("up", id),
        Event::MemberSuspect(id) => of_member("suspect", id),
        Event::MemberRefuted(id) => of_member("refuted", id),
        Event::MemberDown(id) => of_member("down", id),
        Event::MemberLeft(id) => of_member("left", id),
        Event::Renamed { to, .. } => of_member("restarted", to),
        Event::Joined => (Level::INFO, "joined the cluster".to_owned()),
        Event::Alone => (Level::INFO, "no other member is active".to_owned()),
        Event::Left => (Level::INFO, "said goodbye to the cluster".to_owned()),
        Event::Renewed(id) => (
            Level::WARN,
            format!("somebody knew a later life of our address: going on as {id}"),
        ),
        Event::Conflict(id) => (
            Level::ERROR,
            format!("somebody else uses our address for ever: {id}"),
        ),
        Event::Defunct => (Level::ERROR, "declared down for good".to_owned()),
        Event::Lost(events) => (
            Level::WARN,
            format!("{events} events went by unread: the member list is right, its history is not"),
        ),
        // Events of later versions.
        other => (Level::INFO, format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_the_member_by_its_address() {
        let id = NodeId::new("127.0.0.1:8001".parse().expect("an address"), 7);
        let line = |event| describe(&event).1;
        assert_eq!(line(Event::MemberUp(id)), "member up 127.0.0.1:8001");
        assert_eq!(
            line(Event::MemberSuspect(id)),
            "member suspect 127.0.0.1:8001"
        );
        assert_eq!(line(Event::MemberDown(id)), "member down 127.0.0.1:8001");
        assert_eq!(line(Event::MemberLeft(id)), "member left 127.0.0.1:8001");
        let renamed = Event::Renamed {
            from: NodeId::new(id.socket_addr(), 6),
            to: id,
        };
        assert_eq!(line(renamed), "member restarted 127.0.0.1:8001");
    }
}
