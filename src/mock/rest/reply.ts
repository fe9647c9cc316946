/** An answer of REST on its way to the client, through the faults that concern it. */
import type { RestAnswer } from "./call.ts";
import type { RestFault, RestReply } from "../faults/fault.ts";

export async function answerRest(
  { status, body }: RestAnswer,
  faults: readonly RestFault[],
  signal: AbortSignal,
): Promise<Response> {
  const plain: RestReply = { status, type: "application/json", text: JSON.stringify(body), delayMs: 0 };
  const reply = faults.reduce((left, fault) => fault.reply?.(left) ?? left, plain);
  if (reply.delayMs > 0) await passed(reply.delayMs, signal);
  return new Response(reply.text, { status: reply.status, headers: { "content-type": reply.type } });
}

/** Resolves after a time, or at once when the server ends. */
function passed(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, delayMs);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
