/** What other programs call what okws has: the commands and options that are suggested instead. */

/** Other names of commands; several commands stand with commas between them. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  start: "okws serve",
  run: "okws serve",
  restart: "okws serve --takeover",
  stop: "okws quit",
  exit: "okws quit",
  kill: "okws quit",
  shutdown: "okws quit",
  update: "okws upgrade",
  ls: "okws status",
  list: "okws status",
  ps: "okws status",
  info: "okws status",
  config: "okws check, okws init",
  configure: "okws init",
  setup: "okws init",
  validate: "okws check",
  sub: "okws subscribe",
  add: "okws subscribe",
  unsub: "okws unsubscribe",
  remove: "okws unsubscribe",
  rm: "okws unsubscribe",
  read: "okws get",
  tail: "okws watch",
  follow: "okws watch",
  monitor: "okws top",
  ping: "okws health",
};

/** Inside a group of commands, by its name. The manager starts and stops an installed service; that page has its commands. */
export const SYNONYMS_IN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  service: {
    start: "okws service show",
    stop: "okws service show",
    restart: "okws service show",
    status: "okws service show",
    remove: "okws service uninstall",
  },
};

/** Other names of options of the program itself. */
export const SYNONYMS_OF_OPTIONS: Readonly<Record<string, string>> = { "-v": "--version", "-V": "--version" };
