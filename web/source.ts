/// <reference lib="dom" />
/**
 * Streams of the service that come back by themselves. While the page is hidden nothing is read, so that a forgotten tab
 * costs the service nothing; the first message after that has everything again.
 */

/** How a stream stands: not yet there, open, or lost and being tried again. */
export type FeedStatus = "wait" | "open" | "lost";

/** What is done with a stream. */
export type Handlers = {
  readonly on: Readonly<Record<string, (data: unknown) => void>>;
  readonly onStatus?: (link: FeedStatus) => void;
};

/** A stream that can be ended. */
export type Source = { close(): void };

/** Without a word for this long a stream is dead: the service sends something every second, comments every 10 s. */
const SILENT_MS = 15_000;

/** A browser gives up on an answer that is no stream (503, 401); then the page tries again, ever more rarely. */
const RETRY_MS = 1000;
const MAX_RETRY_MS = 10_000;

/** A hidden page is closed after this long: switching tabs back and forth reads nothing again. */
const HIDDEN_MS = 20_000;

/** Opens a stream. `watched`: its silence means that it is lost. */
export function openSource(url: string, handlers: Handlers, watched: boolean): Source {
  let events: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let hidden: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let retryMs = RETRY_MS;

  const report = (link: FeedStatus) => handlers.onStatus?.(link);
  const onMessage = () => {
    retryMs = RETRY_MS;
    listen();
  };
  const listen = () => {
    clearTimeout(silence);
    if (watched) silence = setTimeout(lose, SILENT_MS);
  };
  const shut = () => {
    clearTimeout(silence);
    clearTimeout(retry);
    events?.close();
    events = undefined;
  };
  const lose = () => {
    shut();
    report("lost");
    retry = setTimeout(open, retryMs);
    // The stream of everything is missed at once; what it says decides about the others.
    if (!watched) retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  };
  const open = () => {
    shut();
    if (closed) return;
    const own = new EventSource(url);
    events = own;
    for (const [name, act] of Object.entries(handlers.on)) {
      own.addEventListener(name, (event) => {
        if (events !== own) return;
        onMessage();
        report("open");
        act(JSON.parse((event as MessageEvent<string>).data));
      });
    }
    own.onerror = () => {
      if (events === own) lose();
    };
    listen();
  };
  const onVisible = () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(shut, HIDDEN_MS);
    else if (events === undefined) open();
  };
  document.addEventListener("visibilitychange", onVisible);
  open();
  return {
    close() {
      closed = true;
      shut();
      clearTimeout(hidden);
      document.removeEventListener("visibilitychange", onVisible);
    },
  };
}
