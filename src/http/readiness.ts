/**
 * Whether the service does what it is for: Redis takes writes, everything desired is live, and what the exchange
 * promises to send again and again has come. An open socket alone proves nothing.
 */
import { isLoggedOut, isUnreached } from "../shared/reach.ts";
import { type Message, message } from "../shared/messages/message.ts";
import { type Reason, reasonText, secondsUntil } from "../shared/reason.ts";
import type { PathView, View } from "./view.ts";

/** A batch that Redis has not answered for this long keeps the service from being ready, before it counts as lost. */
const UNANSWERED_MS = 5000;

/** What a push may be late by, beyond what is promised: a quarter, and the way through the network. */
const LATE_SHARE = 0.25;
const LATE_MS = 2000;

/** What is wrong, of a path or of the service as a whole. */
export type Fault = Reason & {
  /** Left out of what concerns the service as a whole. */
  readonly server?: string;
  readonly path?: string;
  /** The path's state, or `overdue`. */
  readonly state?: string;
};

/** What keeps the service from being ready, and what it was refused, which waiting does not change. */
export type Readiness = { readonly faults: readonly Fault[]; readonly refused: readonly Fault[] };

/** Returns whether the service is ready, and the reasons if not; `now` is Unix milliseconds. */
export function assessReadiness(view: View, now: number): Readiness {
  const faults: Fault[] = [];
  const refused: Fault[] = [];
  const add = (text: string) => faults.push({ code: "", message: text });
  if (view.starting === true) add(message("ready.starting").english);
  if (view.stopping) add(message("ready.stopping").english);
  for (const fault of [...redisFaults(view, now), ...view.faults ?? []]) add(fault);
  for (const { name: server, subscriptions } of view.servers) {
    for (const view of subscriptions) {
      const { path, state } = view;
      if (state === "refused") refused.push({ server, path, state, ...reasonOf(view) });
      else if (state !== "live") faults.push({ server, path, state, ...reasonOf(view) });
      else if (isOverdue(view, now)) {
        faults.push({ server, path, state: "overdue", code: "", message: lateness(view, now) });
      }
    }
  }
  return { faults: isStandby(view) ? standbyFaults(view, now) : faults, refused };
}

/** Returns why Redis takes no writes. */
function redisFaults({ outage, stats }: View, now: number): string[] {
  if (outage !== "") return [outage];
  const unansweredMs = unanswered(stats, now);
  if (unansweredMs <= UNANSWERED_MS) return [];
  return [message("ready.redis_silent", { age: seconds(unansweredMs) }).english];
}

/** Returns why a service that stands by could not take over; one that connects only then has no exchange to ask. */
function standbyFaults(view: View, now: number): Fault[] {
  const unreached = view.servers.filter(isUnreached).map(({ name, connections }): Fault => {
    const reason = connections.find(({ lastError }) => lastError !== "")?.lastError;
    const text = reason === undefined
      ? message("ready.unreached")
      : message("ready.unreached_for", { reason });
    return { code: "", message: `${name}: ${text.english}` };
  });
  const loggedOut = view.servers.filter((server) => !isUnreached(server)).flatMap(({ name, connections }) =>
    connections.filter(isLoggedOut).map(({ endpoint, lastError }): Fault => ({
      code: "",
      message: `${name} ${message("ready.no_login", { endpoint, reason: lastError }).english}`,
    }))
  );
  return [
    ...redisFaults(view, now).map((text): Fault => ({ code: "", message: text })),
    ...unreached,
    ...loggedOut,
  ];
}

/** Returns whether a service waits for the end of the one that writes. */
export function isStandby({ lease, stopping }: View): boolean {
  return lease?.role === "standby" && !stopping;
}

/** Returns what keeps the service from being ready, in words; empty when it is. `now` is Unix milliseconds. */
export function readinessFaults(view: View, now: number): string[] {
  return assessReadiness(view, now).faults.map((fault) => describeFault(fault, now));
}

/** Returns a fault in one line: `SERVER PATH is STATE: CODE REASON; next attempt in 12 s`. */
export function describeFault(fault: Fault, now: number): string {
  const { server, path, state } = fault;
  const seconds = secondsUntil(fault, now);
  const text = reasonText(fault);
  const reason = seconds === undefined
    ? text
    : message("ready.next_attempt", { reason: text, seconds }).english;
  return path === undefined ? reason : message("ready.path_is", {
    server_word: server ?? "",
    path_word: path,
    state_word: state ?? "",
    reason,
  }).english;
}

/** Returns why a path is not live; where nobody has said why, its state does. */
function reasonOf({ state, error }: PathView): Reason {
  return error ?? { code: "", message: reasonOfState(state).english };
}

function reasonOfState(state: string): Message {
  switch (state) {
    case "wanted":
      return message("ready.unsent");
    case "sent":
      return message("ready.unanswered");
    case "syncing":
      return message("ready.syncing");
    default:
      return message("ready.unconfirmed");
  }
}

/** Returns how long Redis owes an answer: to a batch, or to the question that is asked every second. */
function unanswered({ writingSince, answeredAt }: View["stats"], now: number): number {
  return Math.max(writingSince > 0 ? now - writingSince : 0, answeredAt > 0 ? now - answeredAt : 0);
}

/** Returns whether a live path is silent for longer than the exchange promises. Most paths may rightly be quiet. */
export function isOverdue(path: PathView, now: number): boolean {
  return path.state === "live" && isSilent(path, now);
}

/** Returns whether a path is silent for longer than the exchange promises, be it live or already known to be stale. */
export function isSilent(path: PathView, now: number): boolean {
  const { state, everyMs } = path;
  if (state !== "live" && state !== "stale") return false;
  if (everyMs === undefined || everyMs === null) return false;
  return silenceOf(path, now) > everyMs * (1 + LATE_SHARE) + LATE_MS;
}

/**
 * Returns milliseconds since the newest row, or since the path became live where none has ever come: no answer makes a
 * row newer.
 */
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
