//! The cluster, its story and the screen: time passes here, and is watched.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::cluster::{Cluster, Heard, Traffic};
use super::frame::{heading, picture, table};
use super::paint::Colours;
use super::row::Row;
use super::screen::{Picture, Screen};
use super::story::Story;
use crate::Failure;
use crate::signals::Signals;

/// Time between two pictures.
const PICTURE_INTERVAL: Duration = Duration::from_millis(100);

/// Time over which traffic is averaged.
const TRAFFIC_INTERVAL: Duration = Duration::from_secs(1);

/// Members in a table that is printed and not redrawn.
const PRINTED_ROWS_MAX: usize = 10;

pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
    pub(crate) story: Story,
    heard: mpsc::Receiver<Heard>,
    screen: Screen,
    signals: Signals,
    meter: Meter,
}

/// Turns counters into datagrams per second.
struct Meter {
    read_at: Instant,
    read: Vec<Traffic>,
    /// Sent and received per second, by index of the member.
    per_s: Vec<(f64, f64)>,
}

impl Stage {
    pub(crate) fn new(members: usize, screen: Screen, signals: Signals) -> Self {
        let (cluster, heard) = Cluster::new();
        Self {
            cluster,
            story: Story::new(members),
            heard,
            screen,
            signals,
            meter: Meter::new(),
        }
    }

    /// Says something in the story.
    pub(crate) fn tell(&mut self, what: &str) -> Result<(), Failure> {
        let line = self.story.tell(what);
        self.show(&line)
    }

    /// Says what this is, if it is not on the screen all the time.
    pub(crate) fn introduce(&self) -> Result<(), Failure> {
        self.show(&heading(&self.story))
    }

    /// Prints lines below everything else.
    pub(crate) fn print(&self, lines: &[String]) -> Result<(), Failure> {
        lines.iter().try_for_each(|line| self.screen.print(line))
    }

    /// Prints the table, if it is not on the screen all the time.
    pub(crate) fn print_table(&mut self) -> Result<(), Failure> {
        if !matches!(self.screen, Screen::Plain) {
            return Ok(());
        }
        let rows = self.rows();
        for line in table(&self.story, &rows, PRINTED_ROWS_MAX) {
            let line = line.render(usize::MAX, Colours::Hidden);
            self.screen.print(&line)?;
        }
        Ok(())
    }

    /// Lets time pass.
    pub(crate) async fn pause(&mut self, duration: Duration) -> Result<(), Failure> {
        let end = Instant::now() + duration;
        self.watch(end, |_| false).await?;
        Ok(())
    }

    /// Lets time pass until the cluster is as it should be.
    ///
    /// # Errors
    ///
    /// If that takes longer than `time_max`, or somebody interrupts.
    pub(crate) async fn until(
        &mut self,
        what: &str,
        time_max: Duration,
        is_reached: impl FnMut(&Cluster) -> bool,
    ) -> Result<Duration, Failure> {
        if self.watch(Instant::now() + time_max, is_reached).await? {
            return Ok(self.story.since_deed());
        }
        Err(Failure::Running(format!(
            "{what}: this did not happen within {time_max:?}"
        )))
    }

    /// Shows what happens until `is_reached` or `end`; returns whether it was reached.
    async fn watch(
        &mut self,
        end: Instant,
        mut is_reached: impl FnMut(&Cluster) -> bool,
    ) -> Result<bool, Failure> {
        let mut pictures = interval(PICTURE_INTERVAL);
        pictures.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if is_reached(&self.cluster) {
                // What led there belongs to the story too.
                self.hear_all()?;
                self.draw()?;
                return Ok(true);
            }
            tokio::select! {
                heard = self.heard.recv() => {
                    if let Some(heard) = heard {
                        self.hear(&heard)?;
                    }
                    self.hear_all()?;
                }
                _ = pictures.tick() => {
                    if Instant::now() >= end {
                        return Ok(false);
                    }
                    self.draw()?;
                }
                signal = self.signals.next() => return Err(Failure::Interrupted(signal)),
            }
        }
    }

    fn hear_all(&mut self) -> Result<(), Failure> {
        while let Ok(heard) = self.heard.try_recv() {
            self.hear(&heard)?;
        }
        Ok(())
    }

    fn hear(&mut self, heard: &Heard) -> Result<(), Failure> {
        match self.story.hear(heard, &self.cluster) {
            Some(line) => self.show(&line),
            None => Ok(()),
        }
    }

    fn show(&self, line: &str) -> Result<(), Failure> {
        match &self.screen {
            Screen::Plain => self.screen.print(line),
            // The next picture has it.
            Screen::Picture(_) => Ok(()),
        }
    }

    fn draw(&mut self) -> Result<(), Failure> {
        let rows = self.rows();
        match &mut self.screen {
            Screen::Plain => Ok(()),
            Screen::Picture(screen) => screen.draw(&picture(&self.story, &rows, Picture::height())),
        }
    }

    fn rows(&mut self) -> Vec<Row> {
        self.meter.read(self.cluster.traffic());
        let mut rows = self.cluster.rows();
        for (row, (sent_per_s, received_per_s)) in rows.iter_mut().zip(&self.meter.per_s) {
            row.sent_per_s = Some(*sent_per_s);
            row.received_per_s = Some(*received_per_s);
        }
        rows
    }
}

impl Meter {
    fn new() -> Self {
        Self {
            read_at: Instant::now(),
            read: Vec::new(),
            per_s: Vec::new(),
        }
    }

    fn read(&mut self, traffic: Vec<Traffic>) {
        let seconds = self.read_at.elapsed().as_secs_f64();
        if seconds < TRAFFIC_INTERVAL.as_secs_f64() {
            return;
        }
        self.read.resize(traffic.len(), Traffic::default());
        // A member that was started again counts from zero.
        let rate = |then: u64, now: u64| now.saturating_sub(then) as f64 / seconds;
        let rates = |(then, now): (&Traffic, &Traffic)| {
            (rate(then.sent, now.sent), rate(then.received, now.received))
        };
        self.per_s = self.read.iter().zip(&traffic).map(rates).collect();
        self.read = traffic;
        self.read_at = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_is_averaged_over_the_time_since_the_last_reading() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let traffic = |sent, received| vec![Traffic { sent, received }];
            let mut meter = Meter::new();
            meter.read(traffic(7, 7));
            assert!(meter.per_s.is_empty());
            tokio::time::advance(Duration::from_secs(2)).await;
            meter.read(traffic(20, 10));
            assert_eq!(meter.per_s, [(10.0, 5.0)]);
            tokio::time::advance(Duration::from_secs(1)).await;
            // Started again.
            meter.read(traffic(3, 30));
            assert_eq!(meter.per_s, [(0.0, 20.0)]);
        });
    }
}
