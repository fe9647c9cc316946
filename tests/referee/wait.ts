/** Waiting with an end. */

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks again and again until there is a truthy answer; returns undefined when the time is over. */
export async function until<T>(ms: number, ask: () => T | Promise<T>, every = 100): Promise<T | undefined> {
  const end = Date.now() + ms;
  while (true) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() >= end) return undefined;
    await sleep(every);
  }
}

/** Resolves or rejects as the promise does, or gives undefined when that takes too long. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), ms));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A port of the loopback that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
