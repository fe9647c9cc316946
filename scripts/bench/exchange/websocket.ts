/**
 * As much of the WebSocket protocol (RFC 6455) as the stand-in exchange needs: its messages are built as bytes once and
 * sent many a write, so that the generator takes little of the processors that it shares with what is measured.
 */
import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Longest message that a client may send: a subscription of many paths. */
const MAX_MESSAGE = 1024 * 1024;

/** What begins a frame. */
export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** A frame of a client. */
export type ClientFrame = { readonly opcode: number; readonly text: string };

/** The answer that makes a connection a WebSocket; undefined where the request asks for none. */
export function acceptUpgrade(request: string): string | undefined {
  const key = /^sec-websocket-key: *(\S+)\r?$/im.exec(request)?.[1];
  if (key === undefined) return undefined;
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** A frame of a server: a header, then the text. */
export function encodeFrame(text: string, opcode: number = OPCODE.text): Uint8Array {
  const payload = encoder.encode(text);
  const { length } = payload;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(size + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = size === 2 ? length : size === 4 ? 126 : 127;
  if (size === 4) view.setUint16(2, length);
  if (size === 10) view.setBigUint64(2, BigInt(length));
  frame.set(payload, size);
  return frame;
}

/** Takes bytes as they come, and gives the frames that are complete. Throws RangeError for one that is too long. */
export class ClientFrames {
  #rest = new Uint8Array(0);

  take(bytes: Uint8Array): ClientFrame[] {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const frames: ClientFrame[] = [];
    let at = 0;
    while (true) {
      const found = readFrame(all.subarray(at));
      if (found === undefined) break;
      frames.push(found.frame);
      at += found.size;
    }
    this.#rest = all.slice(at);
    return frames;
  }
}

/** The frame at the beginning, with its size; undefined where it is not complete. Clients mask what they send. */
function readFrame(bytes: Uint8Array): { frame: ClientFrame; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const short = view.getUint8(1) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return undefined;
  const length = short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short;
  if (length > MAX_MESSAGE) throw new RangeError(`Message of ${length} bytes`);
  const size = head + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(head, head + 4);
  const payload = bytes.slice(head + 4, size).map((byte, i) => byte ^ (mask[i % 4] as number));
  return { frame: { opcode: view.getUint8(0) & 0x0f, text: decoder.decode(payload) }, size };
}
