/** Versions, of the one place that holds them. */
import manifest from "../../deno.json" with { type: "json" };

/** The version of okws, as in deno.json. */
export const VERSION: string = manifest.version;

/** The version of the Redis client that is built in. */
export const IOREDIS_VERSION: string = manifest.imports.ioredis.replace(/^.*@/, "");
