/**
 * Order books as the exchange sends them: a snapshot of 400 levels a side, then increments of about 400 bytes. Each
 * changes three levels of each side: one of the best five, one of the best 25, and one below that goes with every other
 * increment and comes back with the next.
 */
import { STAMP_LENGTH } from "../clock.ts";
import type { Feed } from "./feed.ts";
import {
  createTemplate,
  placeholder,
  type Template,
  writeNumber,
  writeStamp,
  writeText,
} from "./template.ts";
import { encodeFrame } from "./websocket.ts";

/** Levels a side. */
export const DEPTH = 400;

/** After so many increments the same levels change again. */
const TURNS = 1500;

/** Of ten digits, so that all have one length. */
const FIRST_SEQ_ID = 1_000_000_000;

/** Increments by the length of the instrument's name, shared by all books. */
const increments = new Map<number, readonly Template[]>();

/** A subscription of an order book: the time of sending is the size of the first bid of each increment. */
export function createBook(instId: string, index: number): Feed {
  const templates = templatesFor(instId.length);
  let turn = index;
  let seqId = FIRST_SEQ_ID;
  return {
    first: [encodeFrame(snapshot(instId))],
    next(micros) {
      const template = templates[++turn % TURNS] as Template;
      writeText(template, "id", instId);
      writeStamp(template, "clock", micros);
      writeNumber(template, "ms", Math.floor(micros / 1000));
      writeNumber(template, "before", seqId);
      seqId += 3;
      writeNumber(template, "now", seqId);
      return template.frame;
    },
  };
}

function templatesFor(length: number): readonly Template[] {
  const known = increments.get(length);
  if (known !== undefined) return known;
  const made = Array.from(
    { length: TURNS },
    (_, n) => createTemplate(increment(placeholder("id", length), n)),
  );
  increments.set(length, made);
  return made;
}

function snapshot(instId: string): string {
  const bids = Array.from({ length: DEPTH }, (_, i) => level(-1 - i, size(i)));
  const asks = Array.from({ length: DEPTH }, (_, i) => level(i, size(i)));
  const ids = `"prevSeqId":-1,"seqId":${FIRST_SEQ_ID}`;
  return message({ instId, action: "snapshot", bids, asks, ts: String(Date.now()), ids });
}

function increment(instId: string, n: number): string {
  const deep = 25 + ((n >> 1) * 31) % (DEPTH - 25);
  const changes: [number, string][] = [
    [n % 5, size(n)],
    [5 + n % 20, size(n + 1)],
    [deep, n % 2 === 0 ? "0" : size(n + 2)],
  ];
  const bids = changes.map(([i, sz]) => level(-1 - i, i < 5 ? placeholder("clock", STAMP_LENGTH) : sz));
  const asks = changes.map(([i, sz]) => level(i, sz));
  const ids = `"prevSeqId":${placeholder("before", 10)},"seqId":${placeholder("now", 10)}`;
  return message({ instId, action: "update", bids, asks, ts: placeholder("ms", 13), ids });
}

/** Bids below position 0, asks from it on. */
function level(position: number, sz: string): string {
  return `["${(60_000 + position / 10).toFixed(1)}","${sz}","0","${
    sz === "0" ? 0 : 1 + Math.abs(position) % 9
  }"]`;
}

function size(n: number): string {
  return (1 + n * 7919 % 100_000 / 10_000).toFixed(4);
}

function message({ instId, action, bids, asks, ts, ids }: {
  readonly instId: string;
  readonly action: string;
  readonly bids: readonly string[];
  readonly asks: readonly string[];
  readonly ts: string;
  readonly ids: string;
}): string {
  return `{"arg":{"channel":"books","instId":"${instId}"},"action":"${action}","data":[{"asks":[${asks}],` +
    `"bids":[${bids}],"ts":"${ts}","checksum":0,${ids}}]}`;
}
