/**
 * Whether the service does what it is for: Redis takes writes, everything wanted is live, and what the exchange
 * promises to send again and again has come. An open socket alone proves nothing.
 */
import { message } from "../shared/messages/message.ts";
import type { PathView, View } from "./view.ts";

/** A batch that Redis has not answered for this long keeps the service from being ready, before it counts as lost. */
const UNANSWERED_MS = 5000;

/** What a push may be late by, beyond what is promised: a quarter, and the way through the network. */
const LATE_SHARE = 0.25;
const LATE_MS = 2000;

/** What keeps the service from being ready, in words; empty when it is. `now` is Unix milliseconds. */
export function readinessFaults(view: View, now: number): string[] {
  const faults: string[] = [];
  if (view.starting === true) faults.push(message("ready.starting").english);
  if (view.stopping) faults.push(message("ready.stopping").english);
  const unansweredMs = unanswered(view.stats, now);
  if (view.outage !== "") faults.push(view.outage);
  else if (unansweredMs > UNANSWERED_MS) {
    faults.push(message("ready.redis_silent", { age: seconds(unansweredMs) }).english);
  }
  faults.push(...view.faults ?? []);
  for (const { name, subscriptions } of view.servers) {
    for (const path of subscriptions) {
      if (path.state === "refused") continue;
      if (path.state !== "live") {
        const reason = path.error === null ? "" : `: ${path.error.message}`;
        faults.push(`${name} ${path.path} is ${path.state}${reason}`);
      } else if (isOverdue(path, now)) faults.push(`${name} ${path.path} is overdue: ${lateness(path, now)}`);
    }
  }
  return faults;
}

/** How long Redis owes an answer: to a batch, or to the question that is asked every second. */
function unanswered({ writingSince, answeredAt }: View["stats"], now: number): number {
  return Math.max(writingSince > 0 ? now - writingSince : 0, answeredAt > 0 ? now - answeredAt : 0);
}

/** Whether a live path is silent for longer than the exchange promises. Most paths may rightly be quiet. */
export function isOverdue(path: PathView, now: number): boolean {
  return path.state === "live" && isSilent(path, now);
}

/** Whether a path is silent for longer than the exchange promises, be it live or already known to be stale. */
export function isSilent(path: PathView, now: number): boolean {
  const { state, everyMs } = path;
  if (state !== "live" && state !== "stale") return false;
  if (everyMs === undefined || everyMs === null) return false;
  return silenceOf(path, now) > everyMs * (1 + LATE_SHARE) + LATE_MS;
}

/** Milliseconds since the newest row, or since the path became live where none has ever come: no answer makes a row newer. */
export function silenceOf({ receivedAt = 0, since = 0 }: PathView, now: number): number {
  return Math.max(0, now - (receivedAt > 0 ? receivedAt : since));
}

function lateness(path: PathView, now: number): string {
  const every = seconds(path.everyMs ?? 0);
  const text = (path.receivedAt ?? 0) === 0
    ? message("ready.nothing_for", { age: seconds(silenceOf(path, now)), every })
    : message("ready.newest_row", { age: seconds(now - (path.receivedAt ?? 0)), every });
  return text.english;
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
