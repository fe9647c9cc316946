/** The client of a live view, which goes on when Redis has been away. */
import { type Attempt, retry } from "../../shared/async/retry.ts";
import { StoreError } from "../../shared/errors.ts";
import { type Client, connect, type ConnectOptions } from "../../client/client.ts";

const RETRY = { baseMs: 200, capMs: 3000 };

/**
 * Works with a client until the signal is aborted, with another after each outage. `onOutage` is called with the reason;
 * what it throws ends the work, as whatever else the work rejects with.
 */
export async function keepConnected(
  options: ConnectOptions,
  work: (client: Client) => Promise<void>,
  { signal, onOutage }: { readonly signal: AbortSignal; readonly onOutage: (error: StoreError) => void },
): Promise<void> {
  const workConnected = async ({ succeeded }: Attempt) => {
    await using client = await connect(options);
    succeeded();
    // A cancelled wait inside the client ends with it.
    const close = () => void client[Symbol.asyncDispose]();
    signal.addEventListener("abort", close);
    try {
      await work(client);
    } finally {
      signal.removeEventListener("abort", close);
    }
  };
  const onFailure = (error: unknown) => {
    if (!(error instanceof StoreError)) throw error;
    onOutage(error);
  };
  await retry(workConnected, { ...RETRY, signal, onFailure });
}
