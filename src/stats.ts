/** Counters and gauges of one running service, as one plain object that every part adds to. */

/** Everything is a total since the start unless it says otherwise. */
export type Stats = {
  startedAt: number;
  /** Frames from the exchange, and their characters. */
  messages: number;
  characters: number;
  rows: number;
  /** Frames that could not be read. */
  unreadable: number;
  /** Pushes for nothing that is subscribed. */
  unexpected: number;
  /** Frames not read because a newer one of the same subscription came while Redis did not keep up. */
  skipped: number;
  dials: number;
  connects: number;
  disconnects: number;
  refused: number;
  /** Order books that lost their sequence, were crossed, failed their checksum or fell silent. */
  gaps: number;
  batches: number;
  writes: number;
  publishes: number;
  /** Latest-row writes that a newer one replaced before they were sent. */
  replaced: number;
  /** Events dropped, oldest first, because Redis did not keep up. */
  dropped: number;
  /** Writes that Redis refused for their own sake, e.g. a key of another type. */
  rejected: number;
  /** Batches that were sent again because Redis was away. */
  retries: number;
  /** Gauge: bytes of events waiting for Redis, now and at the most. */
  queuedBytes: number;
  queuedBytesPeak: number;
  /** Gauge: milliseconds that the last batch took. */
  batchMs: number;
  commands: number;
};

/** All zero. `now` is Unix milliseconds. */
export function createStats(now: number): Stats {
  return {
    startedAt: now,
    messages: 0,
    characters: 0,
    rows: 0,
    unreadable: 0,
    unexpected: 0,
    skipped: 0,
    dials: 0,
    connects: 0,
    disconnects: 0,
    refused: 0,
    gaps: 0,
    batches: 0,
    writes: 0,
    publishes: 0,
    replaced: 0,
    dropped: 0,
    rejected: 0,
    retries: 0,
    queuedBytes: 0,
    queuedBytesPeak: 0,
    batchMs: 0,
    commands: 0,
  };
}
