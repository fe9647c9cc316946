/** The vocabulary of what can go wrong: one table entry a fault. */
import { findTraderAction, TRADER_ACTION_NAMES } from "../account/trader_action_names.ts";
import { EVENT_NAMES, EVENTS_OF_ONE, findEvent } from "../market/event_names.ts";
import { once, toggle } from "./fault.ts";
import type { Fault, Outcome } from "./fault.ts";
import { crossBook, isSnapshot, unreadable } from "./outgoing.ts";
import type { Outgoing } from "./outgoing.ts";
import { PUSH_FAULTS } from "./push_faults.ts";
import { REST_FAULTS } from "../rest/faults.ts";
import { parseDuration, parseEndpoint, parseShare } from "./script_values.ts";
import type { ServerEndpoint } from "./script_values.ts";

/** Named here because sessions and connections ask for them. */
export const CONN_COUNT_ERROR = "conn-count-error";
export const DEAF = "deaf";
export const TOO_FREQUENT = "too-frequent";

const FAULTS: ReadonlyMap<string, Fault> = new Map<string, Fault>([
  ["drop", {
    usage:
      "drop[=EVERY] or drop [public|private|business|v3]: closes connections, at once or every EVERY (20s)",
    listed: true,
    ask([value]) {
      if (value === "off") return { answer: "drop off", off: "drop" };
      if (value === undefined) return dropNow(undefined);
      if (!/^\d/.test(value)) return dropNow(parseEndpoint("drop", value));
      const everyMs = parseDuration("drop", value);
      return { answer: `drop every ${everyMs} ms`, active: { identity: "drop", everyMs } };
    },
  }],
  ["silent", {
    usage: "silent [on|off] [public|private|business|v3]: sends nothing any more, not even pong",
    listed: true,
    ask(args) {
      const [state, where] = args[0] === "on" || args[0] === "off" ? args : ["on", args[0]];
      const endpoint = where === undefined ? undefined : parseEndpoint("silent", where);
      const identity = endpoint === undefined ? "silent" : `silent ${endpoint}`;
      if (state === "off") return { answer: `${identity} off`, off: identity };
      const treat = (frame: Outgoing) => endpoint === undefined || frame.endpoint === endpoint ? [] : [frame];
      return { answer: `${identity} on`, active: { identity, treat } };
    },
  }],
  ["late-ack", {
    usage: "late-ack=TIME: answers to requests come TIME (2s) late, pushes do not wait for them",
    listed: true,
    ask([value]) {
      if (value === "off") return { answer: "late-ack off", off: "late-ack" };
      const delayMs = parseDuration("late-ack", value);
      const treat = (frame: Outgoing) => [frame.kind === "answer" ? { ...frame, delayMs } : frame];
      return { answer: `late-ack ${delayMs} ms`, active: { identity: "late-ack", treat } };
    },
  }],
  ["no-ack", {
    usage: "no-ack [on|off]: answers to requests never come, pushes do",
    listed: true,
    ask: ([state = "on"]) =>
      toggle("no-ack", state, (frame: Outgoing) => frame.kind === "answer" ? [] : [frame]),
  }],
  [DEAF, {
    usage: "deaf [on|off]: requests are lost, neither answered nor carried out; ping is answered",
    listed: true,
    ask: ([state = "on"]) => toggle(DEAF, state),
  }],
  [TOO_FREQUENT, {
    usage: "too-frequent [on|off]: every request is answered with 60014, as above the hourly limit",
    listed: true,
    ask: ([state = "on"]) => toggle(TOO_FREQUENT, state),
  }],
  ["refuse", {
    usage:
      "refuse=CHANNEL[:INSTRUMENT][@CODE] or refuse=login[@CODE]: refuses it; `refuse off` ends all refusals",
    listed: true,
    ask([what, code]) {
      if (what === "off") return { answer: "refuse off", off: "refuse" };
      return refuse("refuse", what, code);
    },
  }],
  ["garbage", {
    usage: "garbage=SHARE: puts an unreadable frame before this share (0.01) of the frames",
    listed: true,
    ask([value], random) {
      if (value === "off") return { answer: "garbage off", off: "garbage" };
      const share = parseShare("garbage", value);
      const treat = (frame: Outgoing) =>
        random() < share ? [{ ...frame, payload: unreadable(frame.payload) }, frame] : [frame];
      return { answer: `garbage ${share}`, active: { identity: "garbage", treat } };
    },
  }],
  ["gap", {
    usage: "gap [CHANNEL[:INSTRUMENT]]: loses the next push (of books, unless named)",
    listed: false,
    ask: ([what = "books"]) => once(`gap ${what}`, (frame) => frame.topics.includes(what), () => []),
  }],
  ["duplicate", {
    usage: "duplicate [CHANNEL[:INSTRUMENT]]: sends the next push (of trades, unless named) twice",
    listed: false,
    ask: ([what = "trades"]) =>
      once(`duplicate ${what}`, (frame) => frame.topics.includes(what), (frame) => [frame, frame]),
  }],
  ["no-snapshot", {
    usage: "no-snapshot [on|off]: books begin with an update, their snapshot never comes",
    listed: true,
    ask([state = "on"]) {
      if (state === "off") return { answer: "no-snapshot off", off: "no-snapshot" };
      if (state !== "on") {
        throw new SyntaxError(`Cannot read fault no-snapshot: neither on nor off: ${state}`);
      }
      const treat = (frame: Outgoing) => isSnapshot(frame) ? [] : [frame];
      return { answer: "no-snapshot on", active: { identity: "no-snapshot", treat } };
    },
  }],
  ["late-snapshot", {
    usage: "late-snapshot=TIME: the snapshot of a book comes TIME late, after updates",
    listed: true,
    ask([value]) {
      if (value === "off") return { answer: "late-snapshot off", off: "late-snapshot" };
      const delayMs = parseDuration("late-snapshot", value);
      const treat = (frame: Outgoing) => [isSnapshot(frame) ? { ...frame, delayMs } : frame];
      return { answer: `late-snapshot ${delayMs} ms`, active: { identity: "late-snapshot", treat } };
    },
  }],
  ["crossed", {
    usage:
      "crossed [CHANNEL[:INSTRUMENT]]: puts a bid far above the asks into the next push (of books, unless named)",
    listed: false,
    ask: ([what = "books"]) =>
      once(`crossed ${what}`, (frame) => frame.topics.includes(what), (frame) => crossBook(frame) ?? [frame]),
  }],
  ["reset", {
    usage: "reset: sequence numbers of all books begin again from small ones, as after maintenance",
    listed: false,
    ask: () => ({ answer: "book sequences reset", action: { kind: "reset" } }),
  }],
  ["login-refused", {
    usage: "login-refused[=CODE]: the same as refuse=login",
    listed: true,
    ask: ([code]) =>
      code === "off"
        ? { answer: "login-refused off", off: "refuse login" }
        : refuse("login-refused", "login", code),
  }],
  ["wrong-endpoint", {
    usage: "wrong-endpoint=CHANNEL[:INSTRUMENT]: refuses it as one that has moved to /business (64001)",
    listed: true,
    ask: ([what]) => refuse("wrong-endpoint", what, "64001"),
  }],
  [CONN_COUNT_ERROR, {
    usage:
      "conn-count-error [on|off]: private channels are acknowledged and taken back, as above their limit",
    listed: true,
    ask: ([state = "on"]) =>
      state === "off"
        ? { answer: "conn-count-error off", off: CONN_COUNT_ERROR }
        : { answer: "conn-count-error on", active: { identity: CONN_COUNT_ERROR } },
  }],
  ["notice", {
    usage:
      "notice[=TIME]: announces a service upgrade (64008) and closes the v5 connections after TIME (60s)",
    listed: false,
    ask: ([value = "60s"]) => {
      const closeAfterMs = parseDuration("notice", value);
      return { answer: `notice, closing in ${closeAfterMs} ms`, action: { kind: "notice", closeAfterMs } };
    },
  }],
  ["trade", {
    usage: `trade WHAT: the simulated trader acts at once, also while paused (${
      TRADER_ACTION_NAMES.join(", ")
    })`,
    listed: true,
    ask([what = ""]) {
      const move = findTraderAction(what);
      if (move !== undefined) return { answer: `trade ${move}`, action: { kind: "trade", move } };
      throw new SyntaxError(
        `Cannot read fault trade: no such move: ${what} (known: ${TRADER_ACTION_NAMES.join(", ")})`,
      );
    },
  }],
  ["event", {
    usage:
      `event WHAT [INSTRUMENT|TIME]: something happens on the market at once (${EVENT_NAMES.join(", ")}); ` +
      "a listing is announced TIME (10m) ahead; a delisting, a renaming and a change of a size are of INSTRUMENT",
    listed: false,
    ask([what = "", about]) {
      const name = findEvent(what);
      if (name === undefined) {
        throw new SyntaxError(
          `Cannot read fault event: no such event: ${what} (known: ${EVENT_NAMES.join(", ")})`,
        );
      }
      if (EVENTS_OF_ONE.includes(name) && about === undefined) {
        throw new SyntaxError("Cannot read fault event: it names no instrument");
      }
      const given = name === "listing" && about !== undefined ? String(parseDuration("event", about)) : about;
      return {
        answer: `event ${name}`,
        action: { kind: "event", name, ...(given === undefined ? {} : { about: given }) },
      };
    },
  }],
  ["pause", {
    usage: "pause: the market stands still and nothing is pushed, connections go on",
    listed: true,
    ask: () => ({ answer: "paused", action: { kind: "pause" } }),
  }],
  ["resume", {
    usage: "resume: ends pause",
    listed: false,
    ask: () => ({ answer: "resumed", action: { kind: "resume" } }),
  }],
  ...PUSH_FAULTS,
  ...REST_FAULTS,
]);

/** Returns the vocabulary, one line a fault, for help texts. */
export function faultUsages(): string[] {
  return [...FAULTS.values()].map(({ usage }) => usage);
}

export function findFault(name: string): Fault {
  const fault = FAULTS.get(name);
  if (fault === undefined) {
    throw new SyntaxError(`Unknown fault: ${name} (known: ${[...FAULTS.keys()].join(", ")})`);
  }
  return fault;
}

function refuse(fault: string, what: string | undefined, code: string | undefined): Outcome {
  if (what === undefined || what === "") {
    throw new SyntaxError(`Cannot read fault ${fault}: it names nothing`);
  }
  if (code !== undefined && !/^\d{5}$/.test(code)) {
    throw new SyntaxError(`Cannot read fault ${fault}: not a five-digit code: ${code}`);
  }
  // An empty code stands for the usual one of the thing refused, which differs between v5, v3 and login.
  const refuses = (topics: readonly string[]) => topics.includes(what) ? code ?? "" : undefined;
  return { answer: `refuse ${what}`, active: { identity: `refuse ${what}`, refuse: refuses } };
}

function dropNow(endpoint: ServerEndpoint | undefined): Outcome {
  return { answer: `dropped ${endpoint ?? "all"}`, action: { kind: "drop", endpoint } };
}
