/**
 * The way to a server, step by step: name, connection, certificate, WebSocket upgrade. A plain HTTP request is spoken by
 * hand, because a WebSocket says only that it failed, and not where.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { within } from "../../shared/async/within.ts";
import { MessageError } from "../../shared/errors.ts";
import type { Text } from "../../shared/messages/message.ts";
import { explainError } from "./finding.ts";
import { keyed } from "../i18n/translate.ts";

/** A step that was taken, with its time in milliseconds. */
export type DialStep = {
  readonly step: "DNS" | "TCP" | "TLS" | "HTTP";
  readonly ms: number;
  readonly detail: string;
};

/** Which steps were taken, and which one failed. */
export type Way = {
  readonly steps: readonly DialStep[];
  readonly failed?: { readonly step: DialStep["step"]; readonly reason: Text };
};

/** Longest head of an answer that is read. */
const MAX_HEAD = 16 * 1024;

/**
 * Goes as far as `request` asks: with none, the connection itself is enough. The answer's first line is the last detail.
 * With an `address` the name is not looked up.
 */
export async function dial(
  url: URL,
  request: string | undefined,
  signal: AbortSignal,
  address?: string,
): Promise<Way> {
  const steps: DialStep[] = [];
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isTls = url.protocol === "wss:" || url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  let at: DialStep["step"] = "DNS";
  let connection: Deno.Conn | undefined;
  const take = async <T>(
    step: DialStep["step"],
    work: () => Promise<T>,
    detail: (result: T) => string,
  ): Promise<T> => {
    at = step;
    const start = performance.now();
    const result = await within(work(), signal);
    steps.push({ step, ms: Math.round((performance.now() - start) * 10) / 10, detail: detail(result) });
    return result;
  };
  try {
    const addresses = address === undefined
      ? await take("DNS", () => resolve(host), (found) => found.join(" "))
      : [address];
    const plain = connection = await take(
      "TCP",
      () => connect(addresses, port, signal),
      (conn) => nameOf((conn.remoteAddr as Deno.NetAddr).hostname, port),
    );
    if (isTls) {
      connection = await take("TLS", async () => {
        const secure = await Deno.startTls(plain as Deno.TcpConn, { hostname: host });
        await secure.handshake();
        return secure;
      }, () => host);
    }
    if (request !== undefined) {
      const secured = connection;
      await take("HTTP", () => ask(secured, request), (line) => line);
    }
    return { steps };
  } catch (error) {
    const reason = explainError(error);
    return { steps, failed: { step: at, reason: signal.aborted ? keyed("dial.no_answer") : reason } };
  } finally {
    try {
      connection?.close();
    } catch {
      // A connection that became a secure one, or broke, is closed already.
    }
  }
}

/** Returns the request by which a WebSocket is opened (RFC 6455, 4.1). */
export function upgradeRequest(url: URL): string {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const lines = [
    `GET ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
  ];
  return [...lines, "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${key}`, "", ""].join("\r\n");
}

function nameOf(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Returns all addresses of a name, in the order in which they are tried. */
export function lookUp(host: string, signal: AbortSignal): Promise<string[]> {
  return within(resolve(host), signal);
}

/** Returns what the machine itself resolves, its own table of hosts included. */
async function resolve(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** Returns the first address that answers; a machine without IPv6 has names with IPv6 addresses all the same. */
async function connect(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Deno.Conn> {
  let fault: unknown;
  for (const hostname of addresses.slice(0, 4)) {
    const connecting = Deno.connect({ hostname, port });
    // A connection that is made too late has no owner.
    const closeLate = () => void connecting.then((conn) => conn.close(), () => {});
    signal.addEventListener("abort", closeLate);
    try {
      return await connecting;
    } catch (error) {
      fault = error;
    } finally {
      signal.removeEventListener("abort", closeLate);
    }
  }
  throw fault;
}

/** Sends a request and reads the first line of the answer. */
async function ask(connection: Deno.Conn, request: string): Promise<string> {
  const bytes = new TextEncoder().encode(request);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.includes("\r\n")) {
    const read = await connection.read(buffer);
    if (read === null || head.length > MAX_HEAD) {
      throw new MessageError(keyed("dial.closed"));
    }
    head += decoder.decode(buffer.subarray(0, read), { stream: true });
  }
  return head.slice(0, head.indexOf("\r\n")).replace(/[^ -~]/g, "?").slice(0, 200);
}
