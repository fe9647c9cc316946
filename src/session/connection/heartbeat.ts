/**
 * Whether a connection is alive, as a state machine over a monotonic clock. OKX closes a connection on which nothing
 * was sent for 30 s and answers the text `ping` with `pong`; a quiet channel is no fault, an unanswered ping is.
 */

/** What to do now. */
export type Pulse = "idle" | "ping" | "stale";

/** Decides when to send a ping, and when a connection is dead. Times are milliseconds of one monotonic clock. */
export type Heartbeat = {
  /** Any frame proves the connection. */
  onFrame(now: number): void;
  check(now: number): Pulse;
};

/** Silence after which a ping is sent, and how long its answer may take. */
export type HeartbeatOptions = { readonly idleMs: number; readonly pongMs: number };

/** Starts at `now`, as if a frame had just come. */
export function createHeartbeat(now: number, options: HeartbeatOptions): Heartbeat {
  let lastFrame = now;
  let pingedAt: number | undefined;
  return {
    onFrame(at) {
      lastFrame = at;
      pingedAt = undefined;
    },
    check(at) {
      if (pingedAt !== undefined) return at - pingedAt >= options.pongMs ? "stale" : "idle";
      if (at - lastFrame < options.idleMs) return "idle";
      pingedAt = at;
      return "ping";
    },
  };
}
