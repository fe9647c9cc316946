/** Rows of each channel as Redis has them, all texts, and as they are published. */
import { barOf, channelNames, type ChannelSpec, findChannel } from "../../src/okx/channels.ts";
import { findLegacy, legacyTables } from "../../src/okx/v3/legacy_channels.ts";
import { membersOf } from "../../src/okx/row_members.ts";
import { exampleOf } from "../../src/okx/path_text.ts";
import { parseAnyTopic } from "../../src/okx/topic.ts";
import { DOCUMENTED_ROWS } from "./documented_rows.ts";
import { count, described, digits, listOf, object, oneOf, type Schema, text } from "./schema.ts";

/** A row and its kinds of members. */
type Members = { readonly always: readonly string[]; readonly kinds: Readonly<Record<string, Kind>> };
type Kind = "text" | "maybe" | "number" | "flag" | "list" | "object";

/** How members are published. A number that a double cannot hold keeps its text only in the message itself. */
const PUBLISHED: Readonly<Record<Kind, Schema>> = {
  text: { type: "string" },
  maybe: { type: ["string", "null"] },
  number: { type: "number" },
  flag: { type: "boolean" },
  list: { type: "array" },
  object: { type: "object" },
};

const KINDS: Readonly<Record<string, Kind>> = {
  "": "text",
  "#": "number",
  "?": "flag",
  "-": "maybe",
  "[]": "list",
  "{}": "object",
};

/** What okws adds to a row of which nothing more is known, or that is a book. */
const bookState = oneOf("live", "syncing", "stale", "closed");

/** The name of the definition of a table's rows. */
export function rowName(table: string, form: "Row" | "Message"): string {
  return `${form}.${familyOf(table).replaceAll("/", ".")}`;
}

/** The table without its bar: candles of all bars are alike. */
export function familyOf(table: string): string {
  const bar = barOf(table);
  return bar !== undefined ? table.slice(0, -bar.length) : table.replace(LEGACY_BAR, "$1");
}

/** A table of candles with a parameter for its bar. */
export function templateOf(table: string): string {
  return `${familyOf(table)}{bar}`;
}

/** The bars of a family of candles, as its tables write them; none for any other. */
export function barsOf(table: string): string[] {
  if (barOf(table) === undefined && !LEGACY_BAR.test(table)) return [];
  const family = familyOf(table);
  return [...channelNames(), ...legacyTables()].filter((each) => each !== family && familyOf(each) === family)
    .map((each) => each.slice(family.length));
}

const LEGACY_BAR = /(\/candle)\d+s$/;

/** Every table that has rows, one of each family. */
export function tables(): string[] {
  const all = [...channelNames(), ...legacyTables()];
  return [...new Map(all.toReversed().map((table) => [familyOf(table), table])).values()].toReversed();
}

/** The definitions of all rows. */
export function rowSchemas(): Record<string, Schema> {
  const schemas: Record<string, Schema> = { ...BOOKS };
  for (const table of tables()) {
    const spec = findChannel(table);
    const [row, message] = spec === undefined ? legacySchemas(table) : nativeSchemas(table, spec);
    const about = `of ${familyOf(table)}${barOf(table) === undefined ? "" : " and a bar"}`;
    schemas[rowName(table, "Row")] = described(row, `A row ${about}, as Redis has it`);
    schemas[rowName(table, "Message")] = described(message, `A row ${about}, as it is published`);
  }
  return schemas;
}

function nativeSchemas(table: string, spec: ChannelSpec): [Schema, Schema] {
  if (spec.columns !== undefined) return candle(spec.columns);
  const members = documented(table, spec);
  const prices = membersOf(table).prices;
  const needs = prices === undefined ? {} : { anyOf: prices.map((name) => ({ required: [name] })) };
  const message = { ...open(members, (kind) => PUBLISHED[kind]), ...needs, additionalProperties: true };
  const row = { ...open(members, () => text), ...needs, additionalProperties: text };
  if (spec.storage === "book") return [TOP, message];
  if (spec.storage === "bookSnapshot") return [withState(row), message];
  // The account's own members; its currencies and positions are rows of their own.
  if (spec.storage === "balances") return [without(row, "details", "balData", "posData"), message];
  return [row, message];
}

/** Members of a v5 row: those that are documented, of which those that make it readable are there. */
function documented(table: string, spec: ChannelSpec): Members {
  const [first = "", second = ""] = (DOCUMENTED_ROWS[table] ?? "").split("|").map((part) => part.trim());
  const named = (part: string) => part.split(" ").filter((name) => name !== "");
  const kinds: Record<string, Kind> = {};
  for (const name of [...named(first), ...named(second)]) {
    const [, member = "", mark = ""] = /^(\w+)(\W*)$/.exec(name) ?? [];
    kinds[member] = KINDS[mark] ?? "text";
  }
  const { ids, count, numbers } = membersOf(table);
  const own = [...ids, ...numbers, ...(count === undefined ? [] : [count])];
  // Its time came later to some, so that recorded rows lack it.
  const dated = spec.time === undefined || (first !== "" && spec.time in kinds) ? [] : [spec.time];
  for (const name of [...own, ...dated]) kinds[name] ??= "text";
  const always = [...named(first).map((name) => name.replace(/\W+$/, "")), ...own, ...dated];
  return { always: [...new Set(always)], kinds };
}

function open({ always, kinds }: Members, schemaOf: (kind: Kind) => Schema): Schema {
  const properties = Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, schemaOf(kind)]));
  return { type: "object", properties, required: always };
}

/** A bar, and all of it in text; what is published has the same. */
function candle(columns: readonly string[]): [Schema, Schema] {
  const row = object(Object.fromEntries(columns.map((name) => [name, text])));
  return [row, row];
}

/** Rows in the names of v3 are made by okws: converted once with everything that v5 documents, and once with what it always has. */
function legacySchemas(table: string): [Schema, Schema] {
  const legacy = findLegacy(table);
  const topic = parseAnyTopic(legacy?.filter === true ? `${table}:${exampleOf(table)}` : table);
  if (legacy === undefined || topic.kind === "fault") throw new Error(`${table} is no legacy channel`);
  if (topic.storage === "candle") {
    const { candle: cells } = legacy.convert(new Array(9).fill("1"), topic.arg) as {
      readonly candle: unknown[];
    };
    return candle(topic.columns.slice(0, cells.length));
  }
  const { channel } = topic.arg;
  const spec = findChannel(channel) as ChannelSpec;
  const members = documented(channel, spec);
  const convert = (names: readonly string[]) => {
    const row: Record<string, unknown> = {};
    for (const name of names) row[name] = sampleOf(members.kinds[name] ?? "text", name);
    // Rows of another product are others.
    if (channel === "instruments") row.instType = table.split("/")[0]?.toUpperCase();
    const parts = legacy.expand?.({ ...row, details: [{ ccy: "USDT" }] }) ?? [row];
    return (legacy.convert(parts[0] as Record<string, unknown>, topic.arg) ?? {}) as Record<string, unknown>;
  };
  const whole = convert(Object.keys(members.kinds));
  const always = Object.keys(whole).filter((name) => name in convert(members.always));
  const kinds: Record<string, Kind> = {};
  for (const [name, value] of Object.entries(whole)) kinds[name] = kindOf(value);
  const made: Members = { always: legacy.merge === undefined ? always : [], kinds };
  const row = { ...open(made, () => text), additionalProperties: false };
  const message = { ...open(made, (kind) => PUBLISHED[kind]), additionalProperties: false };
  // The sum of the book is that of what it has become.
  if (topic.storage === "book") return [LEGACY_BOOK, withMembers(message, { checksum: { type: "integer" } })];
  return [topic.storage === "bookSnapshot" ? withState(row) : row, message];
}

function sampleOf(kind: Kind, name: string): unknown {
  const text = /[tT]ime$|^ts$|begin|end/.test(name) ? "1700000000000" : "1";
  return { text, maybe: text, number: 1, flag: true, list: [], object: {} }[kind];
}

function kindOf(value: unknown): Kind {
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "flag";
  return typeof value === "object" && value !== null ? "object" : "text";
}

function without(row: Schema, ...names: readonly string[]): Schema {
  const properties = Object.entries(row.properties as Record<string, Schema>);
  return {
    ...row,
    properties: Object.fromEntries(properties.filter(([name]) => !names.includes(name))),
    required: (row.required as string[]).filter((name) => !names.includes(name)),
  };
}

function withState(row: Schema): Schema {
  return { ...withMembers(row, { state: bookState }), required: [...row.required as string[], "state"] };
}

function withMembers(row: Schema, members: Readonly<Record<string, Schema>>): Schema {
  return { ...row, properties: { ...row.properties as Record<string, Schema>, ...members } };
}

const levels = described(text, "JSON: a list of levels, best first");

/** The best levels of a native book. */
const TOP = object(
  {
    ...{ bids: levels, asks: levels, ts: digits, seqId: text, state: bookState },
    ...{ bidPx: text, bidSz: text, askPx: text, askSz: text, bestTs: text },
  },
);

const LEGACY_BOOK = object({
  ...{ asks: levels, bids: levels, instrument_id: text, timestamp: text, checksum: text, state: bookState },
});

const BOOKS: Readonly<Record<string, Schema>> = {
  BookLevels: described(
    {
      type: "object",
      properties: { seqId: text, ts: digits, state: bookState },
      required: ["seqId", "ts", "state"],
      patternProperties: { "^\\d+(\\.\\d+)?$": { type: "string", pattern: "^\\S+( \\S+){1,2}$" } },
      additionalProperties: false,
    },
    "All levels of one side: price to size and count, with what both sides are of",
  ),
  Level: described(listOf(text), "Price, size, an empty one or the size without RPI, count of orders"),
  AccountPart: described(
    {
      type: "object",
      anyOf: [{ required: ["ccy"] }, { required: ["posId"] }],
      additionalProperties: text,
    },
    "A currency or position of account and balance_and_position, as Redis has it",
  ),
  AccountPartMessage: described(
    { type: "object", anyOf: [{ required: ["ccy"] }, { required: ["posId"] }] },
    "The same, as it is published",
  ),
  CandleFinal: described(
    object({ candle: { type: "object", additionalProperties: text }, timestamp: text }),
    "Published on P/<candle path> once for each bar that is final",
  ),
  Push: described(
    {
      type: "object",
      properties: {
        arg: { type: "object", properties: { channel: text }, required: ["channel"] },
        data: { type: "array" },
        action: oneOf("snapshot", "update"),
        eventType: text,
        curPage: count,
        lastPage: { type: "boolean" },
      },
      required: ["arg", "data"],
    },
    "A whole message of a native channel, as the exchange sent it",
  ),
  LegacyPush: described(
    object({ table: text, action: oneOf("partial", "update"), data: { type: "array" } }, "action"),
    "A whole message of a legacy channel",
  ),
};
