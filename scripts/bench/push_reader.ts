/** Reads what Redis sends to a subscriber: arrays of bulk strings and numbers, whose last one is the message. */

const CARRIAGE_RETURN = 13;
const NEWLINE = 10;
const decoder = new TextDecoder();

/** Takes bytes as they come, and gives messages as soon as they are complete. */
export class PushReader {
  #rest = new Uint8Array(0);

  take(bytes: Uint8Array): string[] {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const messages: string[] = [];
    let at = 0;
    while (true) {
      const push = readPush(all, at);
      if (push === undefined) break;
      at = push.end;
      if (push.items[0] === "message") messages.push(push.items[2] as string);
    }
    this.#rest = all.slice(at);
    return messages;
  }
}

function readPush(bytes: Uint8Array, start: number): { items: string[]; end: number } | undefined {
  const head = readLine(bytes, start);
  if (head === undefined) return undefined;
  const items: string[] = [];
  let at = head.end;
  for (let i = 0; i < Number(head.text.slice(1)); i++) {
    const line = readLine(bytes, at);
    if (line === undefined) return undefined;
    at = line.end;
    if (!line.text.startsWith("$")) {
      items.push(line.text.slice(1));
      continue;
    }
    const length = Number(line.text.slice(1));
    if (bytes.length < at + length + 2) return undefined;
    items.push(decoder.decode(bytes.subarray(at, at + length)));
    at += length + 2;
  }
  return { items, end: at };
}

function readLine(bytes: Uint8Array, start: number): { text: string; end: number } | undefined {
  const newline = bytes.indexOf(NEWLINE, start);
  if (newline < 0 || bytes[newline - 1] !== CARRIAGE_RETURN) return undefined;
  return { text: decoder.decode(bytes.subarray(start, newline - 1)), end: newline + 1 };
}
