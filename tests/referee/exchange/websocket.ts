/** The server's end of a WebSocket on a bare socket: text only, whole messages, and ends of every kind. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

export type WebSocketEnd = {
  send(text: string): void;
  /** Ends it in order, with a status. */
  close(status: number): void;
  /** Resets the connection without a word. */
  destroy(): void;
  readonly open: boolean;
};

/** Answers an upgrade and reads messages until the end, which is reported once. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Socket,
  on: { text(text: string): void; end(): void },
): WebSocketEnd {
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
      `sec-websocket-accept: ${accept}\r\n\r\n`,
  );
  let open = true;
  let waiting = new Uint8Array();
  const end = () => {
    if (!open) return;
    open = false;
    on.end();
  };
  const write = (opcode: number, payload: Uint8Array) => {
    if (open) socket.write(frame(opcode, payload));
  };
  socket.on("data", (chunk: Uint8Array) => {
    waiting = concat(waiting, chunk);
    for (let message = readFrame(waiting); message; message = readFrame(waiting)) {
      waiting = waiting.slice(message.length);
      if (message.opcode === 1) on.text(new TextDecoder().decode(message.payload));
      else if (message.opcode === 9) write(10, message.payload);
      else if (message.opcode === 8) {
        write(8, message.payload);
        end();
        socket.end();
      }
    }
  });
  socket.on("close", end);
  socket.on("error", end);
  return {
    send: (text) => write(1, new TextEncoder().encode(text)),
    close: (status) => {
      write(8, new Uint8Array([status >> 8, status & 255]));
      end();
      socket.end();
    },
    destroy: () => {
      end();
      socket.destroy();
    },
    get open() {
      return open;
    },
  };
}

function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = length < 126
    ? [128 | opcode, length]
    : length < 65_536
    ? [128 | opcode, 126, length >> 8, length & 255]
    : [
      128 | opcode,
      127,
      0,
      0,
      0,
      0,
      (length >>> 24) & 255,
      (length >> 16) & 255,
      (length >> 8) & 255,
      length & 255,
    ];
  return concat(new Uint8Array(head), payload);
}

/** The first whole frame of what has come; clients mask theirs, and none of ours sends fragments. */
function readFrame(bytes: Uint8Array): { opcode: number; payload: Uint8Array; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const short = bytes[1]! & 127;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + extra) return undefined;
  const size = short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short;
  const masked = (bytes[1]! & 128) !== 0;
  const start = 2 + extra + (masked ? 4 : 0);
  if (bytes.length < start + size) return undefined;
  const payload = bytes.slice(start, start + size);
  if (masked) {
    for (let index = 0; index < size; index++) payload[index]! ^= bytes[start - 4 + (index & 3)]!;
  }
  return { opcode: bytes[0]! & 15, payload, length: start + size };
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}
