/**
 * Faults of REST: answers that are late, short, empty, behind, out of order, of another instrument, not JSON, or errors. Each
 * is for all calls or for those below one path (`market/trades`, `trade`).
 */
import type { Fault, Outcome, RestFault } from "../faults/fault.ts";
import { messageOf, statusOf } from "./error.ts";
import type { Random } from "../market/random.ts";
import { parseDuration } from "../faults/script_values.ts";

const HTML =
  "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>";

export const REST_FAULTS: readonly (readonly [name: string, fault: Fault])[] = [
  valued(
    "rest-lag",
    "TIME",
    "REST knows nothing of the last TIME (30s): in all calls, or in those below PATH (trade, market/trades)",
    (value) => {
      const lagMs = parseDuration("rest-lag", value);
      return { lagMs };
    },
  ),
  valued("rest-slow", "TIME", "answers of REST come TIME (5s) late", (value) => {
    const delayMs = parseDuration("rest-slow", value);
    return { reply: (reply) => ({ ...reply, delayMs: reply.delayMs + delayMs }) };
  }),
  valued("rest-short", "COUNT", "pages of REST have at most COUNT rows, whatever limit says", (value) => {
    const most = parseCount("rest-short", value);
    return { rows: (rows) => rows.slice(0, most) };
  }),
  valued("rest-error", "CODE", "calls of REST fail with CODE (50026)", (value) => {
    if (!/^\d{5}$/.test(value ?? "")) {
      throw new SyntaxError(`Cannot read fault rest-error: not a five-digit code: ${value ?? "none"}`);
    }
    const code = String(value);
    const text = JSON.stringify({ code, msg: messageOf(code), data: [] });
    return { reply: (reply) => ({ ...reply, status: statusOf(code), type: "application/json", text }) };
  }),
  plain("rest-empty", "pages of REST are empty", () => ({ rows: () => [] })),
  plain("rest-foreign", "REST answers for another instrument of the same kind", () => ({
    foreign: true,
  })),
  plain("rest-unsorted", "rows of REST are in no order", (random) => ({
    rows: (rows) => shuffled(rows, random),
  })),
  plain("rest-gap", "a row in the middle of each page of REST is missing", () => ({
    rows: (rows) => rows.filter((_, index) => rows.length < 3 || index !== rows.length >> 1),
  })),
  plain("rest-html", "REST answers with an HTML page and status 200, as a proxy does", () => ({
    reply: (reply) => ({ ...reply, status: 200, type: "text/html", text: HTML }),
  })),
];

/** Returns whether a fault is about a call, by its path below `/api/v5/`. */
export function concerns({ path }: RestFault, called: string): boolean {
  return path === undefined || called === path || called.startsWith(`${path}/`);
}

/** `name=VALUE[@PATH]`. */
function valued(
  name: string,
  unit: string,
  does: string,
  read: (value: string | undefined) => Omit<RestFault, "path">,
): readonly [string, Fault] {
  return [name, {
    usage: `${name}=${unit}[@PATH]: ${does}`,
    listed: true,
    ask: ([value, path]) => value === "off" ? off(name, path) : on(name, path, read(value)),
  }];
}

/** `name[=PATH]`. */
function plain(
  name: string,
  does: string,
  create: (random: Random) => Omit<RestFault, "path">,
): readonly [string, Fault] {
  return [name, {
    usage: `${name}[=PATH]: ${does}`,
    listed: true,
    ask: ([first, second], random) =>
      first === "off" ? off(name, second) : on(name, first === "on" ? second : first, create(random)),
  }];
}

function on(name: string, path: string | undefined, fault: Omit<RestFault, "path">): Outcome {
  if (path !== undefined && !/^[a-zA-Z]+(\/[a-zA-Z-]+)*$/.test(path)) {
    throw new SyntaxError(`Cannot read fault ${name}: not a path such as market/trades: ${path}`);
  }
  const identity = identityOf(name, path);
  return { answer: `${identity} on`, active: { identity, rest: { path, ...fault } } };
}

function off(name: string, path: string | undefined): Outcome {
  const identity = identityOf(name, path);
  return { answer: `${identity} off`, off: identity };
}

function identityOf(name: string, path: string | undefined): string {
  return path === undefined ? name : `${name} ${path}`;
}

function parseCount(fault: string, text: string | undefined): number {
  const count = /^\d{1,4}$/.test(text ?? "") ? Number(text) : NaN;
  if (!(count > 0)) {
    throw new SyntaxError(`Cannot read fault ${fault}: not a number of rows: ${text ?? "none"}`);
  }
  return count;
}

function shuffled<T>(rows: readonly T[], random: Random): T[] {
  return rows.map((row) => [random(), row] as const).sort(([a], [b]) => a - b).map(([, row]) => row);
}
