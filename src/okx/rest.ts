/** The public REST calls that fill what the WebSocket does not send. The only `fetch` to the exchange. */
import { ExchangeError } from "../shared/errors.ts";
import { parseExact } from "./exact_json.ts";
import type { Row } from "./frame.ts";
import { shapeFault } from "./frame_limits.ts";
import type { RestHost } from "./endpoints.ts";
import { withCallHint } from "./login_hint.ts";
import { redactText } from "./redact.ts";
import type { RequestSigner } from "./sign.ts";

/** How long one answer may take, and how large it may be (all options of one family are about 2 MB). */
const ANSWER_MS = 15_000;
const MAX_BYTES = 32 * 1024 * 1024;

/** Fetches as {@link fetchPage} does, for calls whose rows are objects. */
export async function fetchRows(...call: Parameters<typeof fetchPage>): Promise<Row[]> {
  const page = await fetchPage(...call);
  return page.filter((row): row is Row => typeof row === "object" && row !== null && !Array.isArray(row));
}

/**
 * Sends `GET <rest>/api/v5<path>?<query>` and returns the rows of the answer. Rejects with ExchangeError where the exchange
 * refuses. `sign` makes the headers of a call about an account.
 */
export async function fetchPage(
  rest: RestHost,
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
  sign?: RequestSigner,
): Promise<unknown[]> {
  const url = new URL(`${rest.url}/api/v5${path}?${new URLSearchParams(query)}`);
  const response = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    headers: { accept: "application/json", ...rest.headers, ...sign?.(`${url.pathname}${url.search}`) },
    // The exchange answers by itself; nothing else is asked on its word.
    redirect: "error",
  });
  const text = await readBounded(response);
  const body = parseBody(text);
  if (body === undefined) throw new ExchangeError(String(response.status), `No JSON from ${path}`);
  const unfit = shapeFault(body, text.length);
  if (unfit !== undefined) throw new ExchangeError("size", `${path} answered with ${unfit}`);
  const code = wordOf(body.code) || String(response.status);
  if (code !== "0" || !Array.isArray(body.data)) {
    const reason = redactText(wordOf(body.msg) || "no rows", sign?.mask);
    const hinted = sign === undefined ? reason : withCallHint(code, reason);
    throw new ExchangeError(code, `${path} answered ${code}: ${hinted}`);
  }
  return body.data;
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) {
      throw new ExchangeError("size", `An answer is larger than ${MAX_BYTES} bytes`);
    }
  }
  return text + decoder.decode();
}

/** Returns a word of the exchange for people, of a length that a log line bears. */
function wordOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, 300) : "";
}

function parseBody(text: string): Row | undefined {
  try {
    const body: unknown = parseExact(text);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? body as Row : undefined;
  } catch {
    return undefined;
  }
}
