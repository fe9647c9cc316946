/** A frame on its way to a client, and the ways in which it can be spoilt. */
import type { Payload } from "../hub.ts";
import type { ServerEndpoint } from "./script_values.ts";

/** One frame on its way to a client. */
export type Outgoing = {
  readonly kind: "answer" | "push" | "pong";
  readonly endpoint: ServerEndpoint;
  readonly payload: Payload;
  /** `channel` and `channel:filter` of a push. */
  readonly topics: readonly string[];
  /** `snapshot`, `update` or `partial`. */
  readonly action?: string;
  /** Whose it is; the same object for all frames of one client. */
  readonly connection?: object;
  readonly delayMs: number;
};

export function isSnapshot(frame: Outgoing): boolean {
  return frame.action === "snapshot" || frame.action === "partial";
}

/** Returns a frame cut in its middle; for bytes also with its first block type spoilt, so that it never inflates. */
export function unreadable(payload: Payload): Payload {
  if (typeof payload === "string") return payload.slice(0, Math.max(1, payload.length >> 1));
  const cut = payload.slice(0, Math.max(1, payload.length >> 1));
  cut[0] = 0xff;
  return cut;
}

/** Returns the frame with a bid at one and a half times a price that is in it; none when it has no prices to go by. */
export function crossBook(frame: Outgoing): Outgoing[] | undefined {
  if (typeof frame.payload !== "string") return undefined;
  const message = JSON.parse(frame.payload) as { data: { bids: string[][]; asks: string[][] }[] };
  const [book] = message.data;
  const price = (book?.asks[0] ?? book?.bids[0])?.[0];
  if (book === undefined || price === undefined) return undefined;
  book.bids.unshift([String(Math.ceil(Number(price) * 1.5)), "1", "0", "1"]);
  return [{ ...frame, payload: JSON.stringify(message) }];
}
