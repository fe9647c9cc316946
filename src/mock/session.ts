/**
 * What the two protocols have in common: a session takes a client's text and gives replies, and the server
 * carries them out. Silence is ended after 30 seconds by the same rule on both.
 */
import type { Payload, TopicSpec } from "./hub.ts";

export type Reply =
  | { readonly kind: "answer" | "pong"; readonly payload: Payload }
  | { readonly kind: "open"; readonly topic: TopicSpec }
  | { readonly kind: "shut"; readonly key: string }
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

export type Session = {
  /** Everything that follows from one text frame of the client, in order. */
  receive(text: string, nowMs: number): Reply[];
  /** Whether a subscription was ever accepted. */
  readonly subscribed: boolean;
};

const SILENCE_MS = 30_000;

/**
 * Returns the close with code 4004, where it is due: no subscription within 30 seconds of connecting, or nothing sent for 30
 * seconds.
 */
export function closeForSilence(
  times: { openedMs: number; sentMs: number; subscribed: boolean },
  nowMs: number,
): Reply | undefined {
  const unused = !times.subscribed && nowMs - times.openedMs > SILENCE_MS;
  if (!unused && nowMs - times.sentMs <= SILENCE_MS) return undefined;
  return { kind: "close", code: 4004, reason: "No data received in 30s." };
}
