/**
 * A subscriber of Redis that looks how old messages are when they come. It runs in the process that measures, which does
 * nothing else meanwhile, and on a few channels only, so that it takes little from the others.
 */
import { createClock, findStamp } from "./clock.ts";
import { PushReader } from "./push_reader.ts";
import type { Latency } from "./run.ts";

/** Messages whose age is kept. */
const MAX_SAMPLES = 1_000_000;

export type Subscriber = Disposable & {
  /** Forgets what came before. */
  reset(): void;
  /** Undefined while no message with a time came. */
  latency(): Latency | undefined;
  /** Milliseconds that the newest message was on its way; undefined while none came. */
  newest(): number | undefined;
};

export async function openSubscriber(port: number, channels: readonly string[]): Promise<Subscriber> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const reader = new PushReader();
  let clock = createClock();
  let samples: number[] = [];
  const read = async () => {
    for await (const bytes of connection.readable) {
      const now = clock();
      for (const message of reader.take(bytes)) {
        const stamp = findStamp(message);
        if (stamp !== undefined && samples.length < MAX_SAMPLES) samples.push((now - stamp) / 1000);
      }
    }
  };
  // It ends with the connection, whichever side closes it.
  const reading = read().catch(() => {});
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(`SUBSCRIBE ${channels.join(" ")}\r\n`));
  return {
    reset() {
      clock = createClock();
      samples = [];
    },
    latency: () => latencyOf(samples),
    newest: () => samples.at(-1),
    [Symbol.dispose]() {
      try {
        connection.close();
      } catch {
        // Redis closed it first.
      }
      void reading;
    },
  };
}

/** Percentiles of milliseconds. */
export function latencyOf(samples: readonly number[]): Latency | undefined {
  if (samples.length === 0) return undefined;
  const sorted = Float64Array.from(samples).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] as number;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), samples: sorted.length };
}
