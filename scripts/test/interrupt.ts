/** Aborts when this process is asked to end, so that what it has started ends before it. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => controller.abort());
  }
  return controller.signal;
}
