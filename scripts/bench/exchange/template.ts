/** A message that is built once and sent many times: what differs from push to push is written over at its placeholder. */
import { encodeFrame } from "./websocket.ts";

const ZERO = 48;

/** A frame with placeholders by name. The last digits of a value are written, as many as its placeholder is long. */
export type Template = {
  readonly frame: Uint8Array;
  readonly placeholders: Readonly<Record<string, Placeholder>>;
};

type Placeholder = { readonly at: number; readonly length: number };

/**
 * Builds one from a text of ASCII in which `<name…>` stands for a placeholder, as long as it is written: `<seq000000>` is one of
 * eleven characters that is called by its letters, `seq`. Every placeholder begins as zeros.
 */
export function createTemplate(text: string): Template {
  const payload = text.replaceAll(/<[a-z]+0*>/g, (placeholder) => "0".repeat(placeholder.length));
  const frame = encodeFrame(payload);
  const head = frame.length - payload.length;
  const found = [...text.matchAll(/<([a-z]+)0*>/g)].map((match) =>
    [match[1] as string, { at: head + match.index, length: match[0].length }] as const
  );
  return { frame, placeholders: Object.fromEntries(found) };
}

/** A placeholder of so many characters, to be written into the text of a template. */
export function placeholder(name: string, length: number): string {
  return `<${name.padEnd(length - 2, "0")}>`;
}

/** Writes a whole number with leading zeros. */
export function writeNumber({ frame, placeholders }: Template, name: string, value: number): void {
  const { at, length } = placeholderOf(placeholders, name);
  let rest = value;
  for (let i = at + length - 1; i >= at; i--) {
    frame[i] = ZERO + rest % 10;
    rest = Math.floor(rest / 10);
  }
}

/** Writes microseconds as seconds with six decimals. */
export function writeStamp({ frame, placeholders }: Template, name: string, micros: number): void {
  const { at, length } = placeholderOf(placeholders, name);
  let rest = micros;
  for (let i = at + length - 1; i >= at; i--) {
    if (i === at + length - 7) {
      frame[i] = 46;
      continue;
    }
    frame[i] = ZERO + rest % 10;
    rest = Math.floor(rest / 10);
  }
}

/** Writes ASCII that is as long as its placeholder. */
export function writeText({ frame, placeholders }: Template, name: string, text: string): void {
  const { at, length } = placeholderOf(placeholders, name);
  for (let i = 0; i < length; i++) frame[at + i] = text.charCodeAt(i);
}

function placeholderOf(placeholders: Template["placeholders"], name: string): Placeholder {
  return placeholders[name] as Placeholder;
}
