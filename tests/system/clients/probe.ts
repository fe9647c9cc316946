/**
 * Follows a path with the library, as `clients/python/tests/probe.py` does with its client, and prints what comes as lines of
 * JSON: probe.ts URL OPTIONS follow PATH AFTER.
 */
import { connect } from "okws";

const [redisUrl = "", options = "{}", , path = "", after = ""] = Deno.args;
const { server } = JSON.parse(options) as { server: string };

// deno-lint-ignore no-console -- a program for a pipe
const show = (value: unknown) => console.log(JSON.stringify(value));

await using okws = await connect({ redisUrl });
// As the other clients: from what is, or from now on.
const params = path.startsWith("trades:") ? { n: 0 } : { n: 1 };
const rows = okws.followPaths(server, [path], params, () => {}, {
  ...(after === "" ? {} : { after }),
  onMissed: ({ rows, why }) => show({ missed: rows, why }),
});
for await (const { row, id } of rows) show({ row, id });
