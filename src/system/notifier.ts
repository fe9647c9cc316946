/**
 * Notifies the service manager of the state of the service: ready, status, signs of life, reloading, stopping. Without a
 * NOTIFY_SOCKET in its environment it does nothing.
 */
import { roomLogger } from "../logging/log.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { formatMessage, type ManagerMessage, watchdogEveryMs } from "./message.ts";
import { openNotifySocket } from "./notify_socket.ts";
import { createPulse, type Glance, renderStatusLine, STUCK_MS } from "./status_line.ts";

/** Reports the state of the service to the service manager. Disposing ends the signs of life and closes the socket. */
export type Notifier = AsyncDisposable & {
  /** Whether a program is run to reach the manager. */
  readonly runsProgram: boolean;
  /** The service takes commands and its servers are opened. From now on its status and signs of life are sent. */
  ready(glance: () => Glance): void;
  /** Runs a reload between the two messages that frame it. */
  reloading<T>(reload: () => Promise<T>): Promise<T>;
  /** The service begins to stop. May be called more than once. */
  stopping(): void;
};

/** Settings of {@link openNotifier} that tests change. */
export type NotifierOptions = {
  readonly environment: Readonly<Record<string, string>>;
  readonly pid?: number;
  /** How often the status is looked at. */
  readonly statusEveryMs?: number;
  readonly stuckMs?: number;
};

/** While the service still starts, e.g. waits for its Redis, it asks for this much more time, twice as often. */
const EXTEND_MS = 20_000;

/** Longest wait for the last message. */
const LAST_MS = 1000;

const log = roomLogger("system");

/** Opens the way to the manager that `environment` names, and says that the service is starting. */
export async function openNotifier(options: NotifierOptions): Promise<Notifier> {
  const { environment, pid = Deno.pid, statusEveryMs = 1000, stuckMs = STUCK_MS } = options;
  const address = environment.NOTIFY_SOCKET ?? "";
  if (!/^[/@]./.test(address)) return silent;
  const socket = await openNotifySocket(address, environment);
  const timers = new Set<ReturnType<typeof setInterval>>();
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  let stopped = false;
  /** In order, one after the other. */
  const send = (message: ManagerMessage): Promise<void> => {
    waiting += 1;
    return last = last.then(() => socket.send(formatMessage(message))).finally(() => waiting -= 1);
  };
  /** What will be said again anyway is not said while the manager does not read. */
  const mention = (message: ManagerMessage): void => {
    if (waiting === 0) void send(message);
  };
  const repeat = (action: () => void, everyMs: number): void => {
    action();
    timers.add(setInterval(action, everyMs));
  };
  const clear = (): void => {
    for (const timer of timers) clearInterval(timer);
    timers.clear();
  };

  repeat(() => mention({ extendTimeoutUsec: EXTEND_MS * 1000, status: "starting" }), EXTEND_MS / 2);
  return {
    runsProgram: socket.runsProgram,
    ready(glance) {
      clear();
      if (stopped) return;
      let shown = renderStatusLine(glance());
      void send({ ready: true, status: shown });
      repeat(() => {
        const line = renderStatusLine(glance());
        if (line === shown || waiting > 0) return;
        shown = line;
        void send({ status: line });
      }, statusEveryMs);
      const everyMs = watchdogEveryMs(environment, pid);
      if (everyMs === undefined) return;
      const isAlive = createPulse(stuckMs);
      let alive = true;
      // That this timer fires shows that the event loop turns; the rest has to be asked.
      repeat(() => {
        const was = alive;
        alive = isAlive(glance(), performance.now());
        if (alive) mention({ watchdog: true });
        else if (was) log.error("Nothing is written any more, no sign of life is given", { stuckMs });
      }, everyMs);
    },
    async reloading(reload) {
      await send({ reloading: true, monotonicUsec: monotonicUsec() });
      try {
        return await reload();
      } finally {
        if (!stopped) void send({ ready: true });
      }
    },
    stopping() {
      if (stopped) return;
      stopped = true;
      void send({ stopping: true, status: "stopping" });
    },
    async [Symbol.asyncDispose]() {
      clear();
      await withDeadline(last, LAST_MS, () => {});
      socket[Symbol.dispose]();
    },
  };
}

/** Where no manager listens. */
const silent: Notifier = {
  runsProgram: false,
  ready: () => {},
  reloading: (reload) => reload(),
  stopping: () => {},
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/**
 * Returns the monotonic clock in microseconds. Linux counts its uptime in whole seconds, rounded up, and with the time
 * asleep: never before the manager's own request, which is all that it compares. Undefined where the system does not
 * tell.
 */
function monotonicUsec(): number | undefined {
  try {
    return Deno.osUptime() * 1e6;
  } catch {
    return undefined;
  }
}
