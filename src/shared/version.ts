/** The version of this program, in the one place that holds it. */
import manifest from "../../deno.json" with { type: "json" };

/** As in deno.json. */
export const VERSION: string = manifest.version;
