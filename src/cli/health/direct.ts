/** An HTTP request to this very machine, past every proxy: the runtime's own would take the one of HTTP_PROXY even for 127.0.0.1. */
import { lookup } from "node:dns/promises";
import { within } from "../../shared/async/within.ts";
import { isLoopback } from "../../shared/http_address.ts";
import { MessageError } from "../../shared/errors.ts";
import { keyed } from "../i18n/translate.ts";

/** What was answered. */
export type HealthAnswer = { readonly status: number; readonly headers: Headers; readonly text: string };

/** Why an answer is none. */
const NO_HTTP = keyed("health.not_http");

/** Longest answer that is read. */
export const MAX_BYTES = 256 * 1024;

/** Returns whether a URL leads to this machine alone, by its name too. */
export async function isHere(url: URL): Promise<boolean> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isLoopback(host)) return true;
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.length > 0 && found.every(({ address }) => isLoopback(address));
}

/** Asks by HTTP/1.0, whose answer ends with the connection. Rejects where there is none, or it is not HTTP. */
export async function getDirectly(
  url: URL,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>>,
): Promise<HealthAnswer> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const isTls = url.protocol === "https:";
  const port = Number(url.port || (isTls ? 443 : 80));
  const connecting = isTls ? Deno.connectTls({ hostname, port }) : Deno.connect({ hostname, port });
  let ended = false;
  // A connection that is made too late has no owner.
  connecting.then((late) => ended && late.close(), () => {});
  let connection: Deno.Conn | undefined;
  try {
    const made = connection = await within<Deno.Conn>(connecting, signal);
    return await within(talk(made, url, headers), signal);
  } finally {
    ended = true;
    connection?.close();
  }
}

async function talk(
  connection: Deno.Conn,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<HealthAnswer> {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.0`,
    `Host: ${url.host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const request = `${lines.join("\r\n")}\r\n\r\n`;
  const bytes = new TextEncoder().encode(request);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(8192);
  let text = "";
  for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
    if (text.length > MAX_BYTES) break;
  }
  return parseAnswer(text);
}

/** Status, headers and text of an answer; throws MessageError for what is none. */
export function parseAnswer(text: string): HealthAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, Math.max(0, end)).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(first)?.[1];
  if (end < 0 || status === undefined) throw new MessageError(NO_HTTP);
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value = ""] = /^([\w-]+):[ \t]*([ -~]*)$/.exec(line) ?? [];
    if (name !== undefined) headers.append(name, value.trim());
  }
  return { status: Number(status), headers, text: text.slice(end + 4) };
}
