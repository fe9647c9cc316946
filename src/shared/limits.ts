/** What holds for a configuration and for a command alike. */

/** Names of servers become parts of Redis keys. */
export const SERVER_NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Servers open at once; each has connections of its own, and the exchange counts those by address. */
export const MAX_SERVERS = 100;

/** Paths that one server takes, and a file names in all; the exchange has fewer instruments than this. */
export const MAX_PATHS = 20_000;
