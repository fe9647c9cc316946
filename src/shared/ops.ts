/** Everything a command over Redis can ask for; `COMMANDS` may name fewer. */
export const OPS = [
  "open",
  "close",
  "subscribe",
  "unsubscribe",
  "servers",
  "status",
  "reload",
  "quit_server",
] as const;

export type Op = typeof OPS[number];
