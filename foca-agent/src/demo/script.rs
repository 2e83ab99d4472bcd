//! What is shown, step by step.

use std::time::Duration;

use tokio::time::Instant;

use super::frame::{deed, outcome};
use super::row::Belief;
use super::screen::Screen;
use super::stage::Stage;
use super::story::{LINES_PER_KIND_MAX, Step};
use super::summary::summary;
use crate::signals::Signals;
use crate::{DemoOptions, Failure};

/// Longest time for all to join. With nothing lost it takes less than a second.
const JOIN_TIME_MAX: Duration = Duration::from_secs(15);

/// Longest time for all to notice the crash: some probe periods and the time to refute.
const DOWN_TIME_MAX: Duration = Duration::from_secs(15);

/// Longest time for all to take note of a return or a goodbye.
const NEWS_TIME_MAX: Duration = Duration::from_secs(10);

/// Time to look at a quiet cluster, and to count its messages.
const QUIET_TIME: Duration = Duration::from_secs(3);

/// Time to look at the outcome of a step.
const LOOK_TIME: Duration = Duration::from_secs(3);

/// Shows a cluster that forms, loses a member and notices, takes it back, and parts from another.
///
/// # Errors
///
/// If it was interrupted, or the cluster did not do its part in time.
pub async fn demo(options: &DemoOptions) -> Result<(), Failure> {
    let signals = Signals::catch()
        .map_err(|error| Failure::Running(format!("cannot catch signals: {error}")))?;
    let members = usize::from(options.members);
    let mut stage = Stage::new(members, Screen::new(options), signals);
    stage.introduce()?;
    join(&mut stage).await?;
    let sent_per_s = stay_quiet(&mut stage).await?;
    kill(&mut stage).await?;
    restart(&mut stage).await?;
    leave(&mut stage).await?;
    let mut lines = vec![String::new()];
    lines.extend(summary(&stage.story, sent_per_s));
    stage.print(&lines)
}

async fn join(stage: &mut Stage) -> Result<(), Failure> {
    begin(stage, Step::Join)?;
    for index in 0..stage.story.members {
        stage.cluster.add()?;
        let addr = stage.cluster.addr(index);
        if index < LINES_PER_KIND_MAX {
            stage.tell(&format!("member {} listens on {addr}", index + 1))?;
        }
    }
    stage.story.deed_is_done();
    let joined = stage.until("all members join", JOIN_TIME_MAX, |cluster| {
        cluster.is_complete()
    });
    stage.story.times.joined = Some(joined.await?);
    end(stage).await
}

/// Returns how many datagrams a member sends per second while nothing happens.
async fn stay_quiet(stage: &mut Stage) -> Result<f64, Failure> {
    let sent = |stage: &Stage| -> u64 {
        let traffic = stage.cluster.traffic();
        traffic.iter().map(|traffic| traffic.sent).sum()
    };
    let (began, before) = (Instant::now(), sent(stage));
    stage.pause(QUIET_TIME).await?;
    let sent = sent(stage) - before;
    Ok(sent as f64 / began.elapsed().as_secs_f64() / stage.story.members as f64)
}

async fn kill(stage: &mut Stage) -> Result<(), Failure> {
    let victim = stage.story.victim;
    begin(stage, Step::Kill)?;
    stage.cluster.kill(victim).await;
    stage.story.deed_is_done();
    let down = stage.until("the crash is noticed", DOWN_TIME_MAX, |cluster| {
        cluster.all_believe(victim, Belief::Down)
    });
    stage.story.times.down = Some(down.await?);
    end(stage).await
}

async fn restart(stage: &mut Stage) -> Result<(), Failure> {
    let victim = stage.story.victim;
    begin(stage, Step::Restart)?;
    stage.cluster.restart(victim)?;
    stage.story.deed_is_done();
    let back = stage.until("the member is taken back", NEWS_TIME_MAX, |cluster| {
        cluster.is_complete()
    });
    stage.story.times.back = Some(back.await?);
    end(stage).await
}

async fn leave(stage: &mut Stage) -> Result<(), Failure> {
    let leaver = stage.story.leaver;
    begin(stage, Step::Leave)?;
    stage.cluster.leave(leaver);
    let left = stage.until("the goodbye is heard", NEWS_TIME_MAX, |cluster| {
        cluster.all_believe(leaver, Belief::Left)
    });
    stage.story.times.left = Some(left.await?);
    end(stage).await
}

fn begin(stage: &mut Stage, step: Step) -> Result<(), Failure> {
    stage.story.begin(step);
    let what = deed(&stage.story, step);
    stage.tell(&format!("step {}: {what}", step as usize + 1))
}

async fn end(stage: &mut Stage) -> Result<(), Failure> {
    let step = stage.story.step;
    let what = outcome(&stage.story, step);
    stage.tell(&format!("step {}: {what}", step as usize + 1))?;
    stage.print_table()?;
    stage.pause(LOOK_TIME).await
}
