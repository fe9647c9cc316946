/** The public REST calls that fill what the WebSocket does not send. The only `fetch` to the exchange. */
import { ExchangeError } from "../errors.ts";
import type { Row } from "./frame.ts";

/** How long one answer may take, and how large it may be (all options of one family are about 2 MB). */
const ANSWER_MS = 15_000;
const MAX_BYTES = 32 * 1024 * 1024;

/** As {@link fetchPage}, for calls whose rows are objects. */
export async function fetchRows(...call: Parameters<typeof fetchPage>): Promise<Row[]> {
  const page = await fetchPage(...call);
  return page.filter((row): row is Row => typeof row === "object" && row !== null && !Array.isArray(row));
}

/** `GET <rest>/api/v5<path>?<query>`: the rows of the answer. Rejects with ExchangeError where the exchange refuses. */
export async function fetchPage(
  rest: string,
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown[]> {
  const url = `${rest}/api/v5${path}?${new URLSearchParams(query)}`;
  const response = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    headers: { accept: "application/json" },
  });
  const body = parseBody(await readBounded(response));
  if (body === undefined) throw new ExchangeError(String(response.status), `No JSON from ${path}`);
  const code = String(body.code ?? response.status);
  if (code !== "0" || !Array.isArray(body.data)) {
    throw new ExchangeError(code, `${path} answered ${code}: ${String(body.msg ?? "no rows")}`);
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

function parseBody(text: string): Row | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? body as Row : undefined;
  } catch {
    return undefined;
  }
}
