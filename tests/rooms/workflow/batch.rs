//! What the worker takes from one batch, and when the batch is over.

use super::*;

fn due_requests(due: &[i64], more: &[Lane]) -> DueRequests {
    DueRequests {
        due: due.iter().map(|id| (RequestId(*id), LANE)).collect(),
        next: None,
        more: more.to_vec(),
    }
}

fn finished(request: i64, read_at: Instant) -> Finished {
    Finished {
        request: RequestId(request),
        read_at,
        next: None,
    }
}

const LANE: Lane = Lane::Headscale;
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const LATER: Timestamp = Timestamp::MAX;

#[test]
fn what_was_written_after_the_runs_last_look_is_taken_up_when_it_ends() {
    let before = Instant::now();
    let mut batch = Batch::of(due_requests(&[1, 2], &[]), LATER, |id| id == RequestId(1));
    assert_eq!(batch.take(LANE), Some(RequestId(2)));
    assert_eq!(batch.take(LANE), None);
    batch.note(&finished(1, before));
    assert_eq!(batch.take(LANE), Some(RequestId(1)));
}

#[test]
fn what_the_run_has_seen_itself_is_not_done_again() {
    let mut batch = Batch::of(due_requests(&[1], &[]), LATER, |_| true);
    let after = Instant::now() + std::time::Duration::from_nanos(1);
    batch.note(&finished(1, after));
    assert_eq!(batch.take(LANE), None);
}

#[test]
fn a_batch_is_over_when_it_is_time_or_when_a_lane_with_more_runs_dry() {
    assert!(Batch::empty().is_over(NOW));
    let mut batch = Batch::of(due_requests(&[1], &[LANE]), LATER, |_| false);
    assert!(!batch.is_over(NOW));
    batch.take(LANE);
    assert!(batch.is_over(NOW));
    let mut batch = Batch::of(due_requests(&[], &[]), LATER, |_| false);
    assert!(!batch.is_over(NOW));
    let next = Some(NOW);
    batch.note(&Finished {
        next,
        ..finished(1, Instant::now())
    });
    assert!(batch.is_over(NOW));
}
