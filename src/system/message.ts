/**
 * The lines that a service manager understands, after systemd's sd_notify(3): assignments of a name, one a line, in one
 * datagram. Nothing here touches the world.
 */

/** Longest status that is sent, in characters; a screen shows one line of it. */
const MAX_STATUS = 250;

/** One datagram. The members are sent in this order, and only those that are given. */
export type ManagerMessage = {
  readonly ready?: true;
  /** A reload begins. systemd 253 and later compares the time with that of its own request. */
  readonly reloading?: true;
  /** Microseconds of the monotonic clock. */
  readonly monotonicUsec?: number | undefined;
  readonly stopping?: true;
  readonly watchdog?: true;
  /** The start may take this much longer from now on, in microseconds. */
  readonly extendTimeoutUsec?: number;
  readonly status?: string;
};

/** Returns the assignments of a message, such as `READY=1` and `STATUS=…`. */
export function formatMessage(message: ManagerMessage): string[] {
  const { monotonicUsec, extendTimeoutUsec, status } = message;
  return [
    ...(message.ready ? ["READY=1"] : []),
    ...(message.reloading ? ["RELOADING=1"] : []),
    ...(monotonicUsec === undefined ? [] : [`MONOTONIC_USEC=${Math.round(monotonicUsec)}`]),
    ...(message.stopping ? ["STOPPING=1"] : []),
    ...(message.watchdog ? ["WATCHDOG=1"] : []),
    ...(extendTimeoutUsec === undefined ? [] : [`EXTEND_TIMEOUT_USEC=${Math.round(extendTimeoutUsec)}`]),
    // A line break would begin another assignment.
    ...(status === undefined ? [] : [`STATUS=${status.replace(/\p{Cc}+/gu, " ").slice(0, MAX_STATUS)}`]),
  ];
}

/**
 * Returns how often a sign of life is due in milliseconds: twice as often as the manager demands. Undefined when it
 * demands none, or demands it of another process.
 */
export function watchdogEveryMs(
  environment: Readonly<Record<string, string>>,
  pid: number,
): number | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  if (WATCHDOG_USEC === undefined || !/^[1-9]\d{0,15}$/.test(WATCHDOG_USEC)) return undefined;
  return Math.max(1, Number(WATCHDOG_USEC) / 2000);
}
