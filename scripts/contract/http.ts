/** What okws answers over HTTP: the bodies, and `openapi.yaml`. */
import type { Tick } from "../../src/http/feed.ts";
import type { JournalEntry } from "../../src/http/journal.ts";
import type { Fault } from "../../src/http/readiness.ts";
import type { Quote } from "../../src/http/quotes.ts";
import type { RowKind } from "../../src/http/rows.ts";
import { OPS } from "../../src/shared/ops.ts";
import type { TableKind } from "../../src/shared/row_tables.ts";
import type { Sample } from "../../src/http/history.ts";
import { PAGE_OPS } from "../../src/app/page_commands.ts";
import { VERSION } from "../../src/shared/version.ts";
import {
  count,
  described,
  flag,
  listOf,
  object,
  oneOf,
  only,
  orNull,
  record,
  ref,
  type Schema,
  text,
  time,
  tuple,
} from "./schema.ts";

const KINDS: Readonly<Record<RowKind, true>> = {
  candle: true,
  trades: true,
  book: true,
  row: true,
  rows: true,
};
const kind = oneOf(...Object.keys(KINDS));
const TABLES: Readonly<Record<TableKind, true>> = {
  ...{ quotes: true, books: true, tape: true, candles: true },
  ...{ balances: true, positions: true, orders: true, rows: true },
};
const table = oneOf(...Object.keys(TABLES));
/** What newer rows of a path take the place of, in the order of the rows; left out where rows are events. */
const names = listOf(text);
const number: Schema = { type: "number" };
const row: Schema = { type: "object" };

/** By name. */
export const HTTP_RECORDS: Readonly<Record<string, Schema>> = {
  Fault: record<Fault>(
    { server: text, path: text, state: text, code: text, message: text, nextAt: time },
    "server",
    "path",
    "state",
    "nextAt",
  ),
  Readiness: described(
    object(
      {
        ...{ ready: flag, role: only("standby"), shard: text, refused: count },
        ...{ faults: listOf(ref("Fault")), warnings: listOf(ref("Fault")) },
      },
      "role",
      "shard",
    ),
    "/readyz as JSON",
  ),
  Sample: record<Sample>({
    ...{ at: time, messages: number, rows: number, writes: number, batches: number, dropped: number },
    ...{ p50: orNull(number), p99: orNull(number), queued: count },
    ...{ cpu: orNull(number), residentBytes: orNull(count) },
  }),
  Entry: record<JournalEntry>({
    ...{ id: count, at: time, level: oneOf("info", "warn", "error"), server: text, text },
  }),
  Tick: described(
    record<Tick>({
      ...{ now: time, version: text, startedAt: time, stopping: flag, outage: text, accounts: flag },
      ...{ lease: orNull(ref("Lease")), shard: orNull(text), missingShards: names, standbys: count },
      commands: listOf(oneOf(...OPS)),
      ...{ faults: listOf(text), faultCount: count, totals: ref("Totals"), gone: listOf(count) },
      servers: listOf({ type: "object", required: ["name", "connections"] }),
      defs: listOf(tuple(count, text, text, kind, orNull(count), flag, table, text)),
      paths: listOf(tuple(count, text, time, time, count, text, text, time)),
      ...{ samples: listOf(ref("Sample")), entries: listOf(ref("Entry")) },
    }),
    "`start` and `tick` of /api/events",
  ),
  Quotes: described(
    listOf(
      record<Quote>(
        { server: text, subject: text, last: text, open: text, closes: listOf(number) },
        ...["last", "open", "closes"] as const,
      ),
    ),
    "`quotes` of /api/events: of each instrument the last price, that of a day before, and the course of its newest bars",
  ),
  RowsSnapshot: described(
    object({ server: text, path: text, kind, rows: listOf(row), keys: names }, "keys"),
    "`snapshot` of /api/rows",
  ),
  NewRows: described(
    object({ server: text, path: text, rows: listOf(row), keys: names }, "keys"),
    "`rows` of /api/rows",
  ),
  PageCommand: described(
    object(
      {
        ...{ id: text, op: oneOf(...PAGE_OPS), name: text, args: {}, wait: flag },
        timeoutMs: { type: "integer", minimum: 1, maximum: 120_000 },
      },
      ...["id", "name", "args", "wait", "timeoutMs"],
    ),
    "What is sent to /api/commands",
  ),
  RowsFault: described(object({ server: text, path: text, message: text }), "`fault` of /api/rows"),
};

/** Answers that a page may have beside its own. */
const DENIED = {
  "401": { description: "HTTP_PASSWORD is set, and no or a wrong login was given" },
  "403": { description: "Without HTTP_PASSWORD: the request names another host than this machine" },
  "429": { description: "Too many logins wait" },
};

function body(type: string, schema: Schema): Schema {
  return { content: { [type]: { schema } } };
}

function page(summary: string, responses: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  return { get: { summary, ...more, responses: { ...responses, ...DENIED } } };
}

const plain: Schema = { type: "string" };

function query(name: string, schema: Schema, required: boolean, description: string): Schema {
  return { name, in: "query", required, schema, description };
}

/** The document; `at` gives the place of a definition. */
export function openapi(at: (name: string) => Schema): Schema {
  const readiness = {
    content: { "text/plain": { schema: plain }, "application/json": { schema: at("Readiness") } },
  };
  const events = (description: string) => ({ description, ...body("text/event-stream", plain) });
  return {
    openapi: "3.1.0",
    info: {
      title: "okws",
      version: VERSION,
      description:
        "Health, metrics and live pages of a running okws. Nothing but GET and HEAD is answered, beside commands.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://127.0.0.1:8787", description: "HTTP in the configuration" }],
    security: [{}, { password: [] }],
    paths: {
      "/": page("The dashboard", { "200": { description: "A page", ...body("text/html", plain) } }),
      "/livez": {
        get: {
          summary: "Whether the process runs",
          security: [],
          responses: { "200": { description: "It does", ...body("text/plain", plain) } },
        },
      },
      "/readyz": {
        get: {
          summary: "Whether everything desired is live and fresh, and Redis takes writes",
          description: "Without a login where one is needed, it has its status alone.",
          security: [{}, { password: [] }],
          parameters: [
            query("format", { const: "json" }, false, "As `Accept: application/json`"),
            query("role", { const: "active" }, false, "One that stands by is not meant"),
          ],
          responses: {
            "200": { description: "It is, or it stands by and could take over", ...readiness },
            "503": { description: "It is not, and why", ...readiness },
          },
        },
      },
      "/metrics": page("Metrics for Prometheus", {
        "200": { description: "Text format 0.0.4", ...body("text/plain", plain) },
      }),
      "/api/state": page("All counters, connections and subscriptions", {
        "200": { description: "As they are", ...body("application/json", at("ServiceStatus")) },
      }),
      "/api/events": page("The same live", {
        "200": events(
          "`start` with everything, then `tick`: data is a Tick; `quotes` with prices that changed",
        ),
        "503": { description: "Too many streams are open" },
      }, { "x-event-data": { start: at("Tick"), tick: at("Tick"), quotes: at("Quotes") } }),
      "/api/rows": page("Rows of up to 8 paths", {
        "200": events(
          "`snapshot` from Redis, then `rows`; `snapshot` again replaces all of before; `fault` where Redis does not answer",
        ),
        "400": { description: "No server, or not 1 to 8 paths", ...body("text/plain", plain) },
        "503": { description: "Too many streams are open" },
      }, {
        parameters: [
          query("server", text, true, "Its name"),
          query("path", { type: "array", items: text, minItems: 1, maxItems: 8 }, true, "Subscribed paths"),
        ],
        "x-event-data": { snapshot: at("RowsSnapshot"), rows: at("NewRows"), fault: at("RowsFault") },
      }),
      "/api/instruments": page("Names of the instruments that the subscriptions of a server list", {
        "200": { description: "At most 5000, in order", ...body("application/json", listOf(text)) },
        "400": { description: "No server", ...body("text/plain", plain) },
        "404": { description: "No such server", ...body("text/plain", plain) },
        "503": { description: "Redis does not answer, or too many ask" },
      }, { parameters: [query("server", text, true, "Its name")] }),
      "/api/commands": { post: commandsPage(at) },
    },
    components: { securitySchemes: { password: { type: "http", scheme: "basic" } } },
  };
}

function commandsPage(at: (name: string) => Schema): Schema {
  return {
    summary: "A command of a page: subscribe, unsubscribe or reload",
    description: "As over Redis; only with HTTP_PASSWORD set, and of no page but okws' own.",
    security: [{ password: [] }],
    requestBody: { required: true, ...body("application/json", at("PageCommand")) },
    responses: {
      "200": { description: "Carried out", ...body("application/json", at("Reply")) },
      ...Object.fromEntries(
        Object.entries({
          "400": "It cannot be read: 80010",
          "404": "No such server: 80011",
          "422": "An unknown path, or the exchange refused: 80013, 80012",
        }).map(([status, description]) => [
          status,
          { description, ...body("application/json", at("Reply")) },
        ]),
      ),
      "401": DENIED["401"],
      "403": {
        description:
          "Not allowed by COMMANDS, or not over HTTP: 80014; without HTTP_PASSWORD, or of another page: a text",
        content: { "application/json": { schema: at("Reply") }, "text/plain": { schema: plain } },
      },
      "405": { description: "Not by POST" },
      "408": { description: "It did not arrive within 5 s" },
      "413": { description: "Longer than 64 KiB" },
      "415": { description: "Not application/json" },
      "429": DENIED["429"],
      "503": { description: "32 commands are under way, or none is taken now" },
    },
  };
}
