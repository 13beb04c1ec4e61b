//! The model: what a pipeline with event time means, said once more without any of its machinery.

use std::collections::BTreeMap;

use super::input::{Event, Input};

/// The watermark of one `event_time`: the lowest over its partitions of the highest time seen there, less `max_delay`.
#[derive(Debug)]
pub(crate) struct Watermark {
    max_delay: i64,
    /// Milliseconds after which a partition that gives no event times is not waited for. All are read to their end at every close.
    idle: Option<u64>,
    partitions: BTreeMap<u32, Partition>,
    at: i64,
}

#[derive(Debug, Default)]
struct Partition {
    highest: Option<i64>,
    /// When the last batch closed that had an event time of it; at first, when it was added.
    silent_since: u64,
    /// The open batch has an event time of it.
    seen: bool,
    ended: bool,
}

impl Watermark {
    pub(crate) fn new(max_delay: i64, idle: Option<u64>, partitions: impl IntoIterator<Item = u32>) -> Self {
        let partitions = partitions.into_iter().map(|number| (number, Partition::default()));
        Self {
            max_delay,
            idle,
            partitions: partitions.collect(),
            at: i64::MIN,
        }
    }

    /// A chunk came, perhaps an empty one.
    fn read(&mut self, partition: u32, times: impl Iterator<Item = i64>) {
        if let Some(partition) = self.partitions.get_mut(&partition) {
            let highest = times.max();
            partition.seen |= highest.is_some();
            partition.highest = partition.highest.max(highest);
        }
    }

    /// The watermark after a close at `now`.
    fn close(&mut self, now: u64, over: bool) -> i64 {
        let (mut slowest_waited_for, mut fastest_idle) = (None::<i64>, None::<i64>);
        for partition in self.partitions.values_mut() {
            if std::mem::take(&mut partition.seen) {
                partition.silent_since = now;
            }
            let quiet = now - partition.silent_since;
            let highest = partition.highest.unwrap_or(i64::MIN);
            // One that has ended counts once more, unless nothing was ever seen of it.
            if partition.ended {
                slowest_waited_for = [slowest_waited_for, partition.highest].into_iter().flatten().min();
            } else if self.idle.is_some_and(|idle| quiet >= idle) {
                fastest_idle = fastest_idle.max(Some(highest));
            } else {
                slowest_waited_for = Some(slowest_waited_for.unwrap_or(i64::MAX).min(highest));
            }
        }
        self.partitions.retain(|_, partition| !partition.ended);
        let follows = slowest_waited_for.or(fastest_idle).unwrap_or(i64::MIN);
        let reached = if over {
            i64::MAX
        } else {
            follows.saturating_sub(self.max_delay)
        };
        self.at = self.at.max(reached);
        self.at
    }
}

/// One batch, in time.
#[derive(Debug)]
pub(crate) struct Moment<'i> {
    /// The watermark when the batch began.
    pub before: i64,
    /// The watermark at its close.
    pub after: i64,
    /// By partition, and there in order of arrival.
    pub events: Vec<(u32, &'i Event)>,
    /// Anything came, were it an empty chunk.
    pub came: bool,
    /// The pipeline's clock at the close, in milliseconds.
    pub now: u64,
}

/// The batches of an input under the lowest of these watermarks; each follows its own partitions.
pub(crate) fn moments<'i>(input: &'i Input, watermarks: &mut [Watermark]) -> Vec<Moment<'i>> {
    let (mut now, mut before) = (0, i64::MIN);
    let last = input.batches.len() - 1;
    let moment = |(number, batch): (usize, &'i super::input::Batch)| {
        // The end of the sources takes no time.
        now += if number == last { 0 } else { batch.wait };
        for watermark in &mut *watermarks {
            for chunk in &batch.chunks {
                watermark.read(chunk.partition, chunk.events.iter().map(|event| event.at));
            }
            for partition in &batch.ends {
                if let Some(partition) = watermark.partitions.get_mut(partition) {
                    partition.ended = true;
                }
            }
        }
        let closes = watermarks
            .iter_mut()
            .map(|watermark| watermark.close(now, number == last));
        let after = closes.min().unwrap_or(i64::MIN);
        Moment {
            before: std::mem::replace(&mut before, after),
            after,
            events: batch.events().collect(),
            came: !batch.chunks.is_empty(),
            now,
        }
    };
    input.batches.iter().enumerate().map(moment).collect()
}

/// Start of the window of `size` that holds `at`.
pub(crate) fn start(at: i64, size: i64) -> i64 {
    at.div_euclid(size) * size
}

/// Earliest first; of one time by partition, and there in order of arrival.
pub(crate) fn by_time<'i>(events: &[(u32, &'i Event)]) -> Vec<&'i Event> {
    let mut events = events.to_vec();
    events.sort_by_key(|(partition, event)| (event.at, *partition));
    events.into_iter().map(|(_, event)| event).collect()
}

/// Key, start, and the records with their partitions, in order of arrival.
pub(crate) type InWindow<'i> = (String, i64, Vec<(u32, &'i Event)>);

/// What windows make of a stream, batch by batch.
#[derive(Debug, Default)]
pub(crate) struct Fired<'i> {
    /// Windows that close with the batch, by start and key, with their records.
    pub windows: Vec<InWindow<'i>>,
    /// Records that came too late, by partition and arrival.
    pub late: Vec<&'i Event>,
    /// Windows (one per key) that are open after the batch.
    pub open: usize,
}

/// Windows of `size` over the events for which `wanted` holds, by `key`.
pub(crate) fn windows<'i>(
    moments: &[Moment<'i>],
    size: i64,
    key: impl Fn(&Event) -> String,
    wanted: impl Fn(u32, &Event) -> bool,
) -> Vec<Fired<'i>> {
    let mut open: BTreeMap<(i64, String), Vec<(u32, &'i Event)>> = BTreeMap::new();
    let each = moments.iter().map(|moment| {
        let mut fired = Fired::default();
        for (partition, event) in moment
            .events
            .iter()
            .filter(|(partition, event)| wanted(*partition, event))
        {
            let start = start(event.at, size);
            if start + size <= moment.before {
                fired.late.push(event);
            } else {
                open.entry((start, key(event))).or_default().push((*partition, event));
            }
        }
        let ripe: Vec<(i64, String)> = open
            .keys()
            .filter(|(start, _)| start + size <= moment.after)
            .cloned()
            .collect();
        for window in ripe {
            let events = open.remove(&window).unwrap_or_default();
            fired.windows.push((window.1, window.0, events));
        }
        fired.open = open.len();
        fired
    });
    each.collect()
}
