/**
 * What happened lately, in words, for people who watch: connections, refusals, gaps, Redis. Many paths that change
 * alike at once are one line, and only the newest lines are kept.
 */
import type { SessionEvent } from "../model/events.ts";
import { message } from "../shared/messages/message.ts";
import { reasonText } from "../shared/reason.ts";

/** A line of the journal. */
export type JournalEntry = {
  readonly id: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly level: "info" | "warn" | "error";
  /** Empty for the service itself. */
  readonly server: string;
  readonly text: string;
};

/** A bounded journal. */
export type Journal = {
  onEvent(server: string, event: SessionEvent): void;
  /** Something about the service itself. */
  note(level: JournalEntry["level"], text: string, at: number): void;
  /** Returns the lines since the last call. Paths that changed in between are one line. */
  flush(): JournalEntry[];
  /** Returns what was flushed, oldest first. */
  entries(): readonly JournalEntry[];
};

/** Lines kept, and characters of each. */
const KEPT = 300;
const MAX_TEXT = 400;

/** Paths that one line names. */
const NAMED = 3;

/** How each state is worded; others are passed through too quickly to matter. */
const STATES: Readonly<Record<string, { level: JournalEntry["level"]; words: string }>> = {
  live: { level: "info", words: "live" },
  refused: { level: "warn", words: "refused" },
  stale: { level: "warn", words: "stale" },
  syncing: { level: "info", words: "syncing" },
  gone: { level: "info", words: message("journal.gone").english },
  // What became of a gap.
  filled: { level: "info", words: message("journal.filled").english },
  partly: { level: "warn", words: message("journal.partly").english },
  not: { level: "warn", words: message("journal.not").english },
};

/** Reasons kept apart within a second; further ones are only counted. */
const MAX_REASONS = 40;

type Group = {
  readonly server: string;
  readonly state: string;
  readonly reason: string;
  at: number;
  /** Of gaps: how long the longest is. */
  spanMs: number;
  count: number;
  names: string[];
};

/** Starts empty. */
export function createJournal(): Journal {
  const entries: JournalEntry[] = [];
  let fresh: JournalEntry[] = [];
  let groups = new Map<string, Group>();
  let id = 0;

  const add = (level: JournalEntry["level"], server: string, text: string, at: number): void => {
    const entry = { id: ++id, at, level, server, text: text.slice(0, MAX_TEXT).toWellFormed() };
    fresh.push(entry);
    if (fresh.length > KEPT) fresh.shift();
  };

  const addChange = (
    of: Pick<Group, "server" | "state" | "reason">,
    name: string,
    at: number,
    spanMs = 0,
  ) => {
    const key = [of.server, of.state, of.reason].join("\n");
    const group = groups.get(key) ?? { ...of, at, spanMs, count: 0, names: [] };
    groups.set(key, group);
    group.at = at;
    group.spanMs = Math.max(group.spanMs, spanMs);
    group.count += 1;
    if (group.names.length < NAMED) group.names.push(name);
  };

  const closeGroups = (): void => {
    const closed = groups;
    groups = new Map();
    for (const { server, state, reason, at, spanMs, count, names } of closed.values()) {
      const { level, words } = STATES[state] ?? { level: "info", words: state };
      const seconds = (spanMs / 1000).toFixed(1);
      const what = spanMs === 0 ? words : message("journal.span", { reason: words, seconds }).english;
      add(level, server, describeChange(names, count - names.length, `${what}${reason}`), at);
    }
  };

  return {
    onEvent(server, event) {
      if (event.kind === "rows" || event.kind === "book" || event.kind === "unreadable") return;
      if (event.kind === "subscription") {
        if (STATES[event.state] === undefined || (event.again && event.state !== "live")) return;
        const { refusal, state, topic, at } = event;
        const reason = refusal === undefined ? "" : `: ${reasonText(refusal)}`;
        return addChange({ server, state, reason: groups.size < MAX_REASONS ? reason : "" }, topic.path, at);
      }
      if (event.kind === "gap") {
        const { topic, from, to, outcome, at } = event;
        return addChange({ server, state: outcome, reason: "" }, topic.path, at, to - from);
      }
      const line = lineOf(event);
      if (line === undefined) return;
      // What changed before is noted before.
      closeGroups();
      add(line.level, server, line.text, event.at);
    },
    note: (level, text, at) => add(level, "", text, at),
    flush() {
      closeGroups();
      const added = fresh;
      fresh = [];
      entries.push(...added);
      if (entries.length > KEPT) entries.splice(0, entries.length - KEPT);
      return added;
    },
    entries: () => entries,
  };
}

function describeChange(names: readonly string[], more: number, reason: string): string {
  const named = names.join(", ");
  return more > 0
    ? message("journal.many", { names: named, count_word: more, reason }).english
    : `${named}: ${reason}`;
}

type Line = { readonly level: JournalEntry["level"]; readonly text: string };

function lineOf(event: SessionEvent): Line | undefined {
  switch (event.kind) {
    case "opened":
      return { level: "info", text: message("journal.opened").english };
    case "closed":
      return { level: "info", text: message("journal.closed").english };
    case "up":
      return { level: "info", text: message("journal.up", { connection_word: event.connection }).english };
    case "down":
      return {
        level: event.desired ? "warn" : "info",
        text: message("journal.down", { connection_word: event.connection, reason: event.reason }).english,
      };
    case "notice":
      return lineOfNotice(event.event);
    default:
      return undefined;
  }
}

/** Answers to requests, errors too, show in what they change; the rest is the exchange addressing people. */
function lineOfNotice(event: Readonly<Record<string, unknown>>): Line | undefined {
  if (event.event !== "notice") return undefined;
  const text = ["code", "msg", "message"].map((name) => event[name])
    .filter((part) => typeof part === "string" && part !== "").join(" ");
  return { level: "warn", text: message("journal.notice", { text }).english };
}
