/** Versions, of the one place that holds them. */
import manifest from "../../deno.json" with { type: "json" };

/** As in deno.json. */
export const VERSION: string = manifest.version;

/** Of the Redis client that is built in. */
export const IOREDIS_VERSION: string = manifest.imports.ioredis.replace(/^.*@/, "");
