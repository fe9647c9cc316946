/** Looks for secrets in all that lies in Redis. */
import { SERVERS } from "./paths.ts";
import type { Environment } from "./environment.ts";

/** Of a stream or an index the newest; the older ones were written in the same way. */
const NEWEST = 200;

export async function searchSecrets(environment: Environment): Promise<void> {
  const { operator } = environment.redis;
  for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
    const [next, names] = await operator.scan(cursor, "COUNT", 1000);
    cursor = next;
    for (const name of names) {
      environment.secretWatch.look(`the name of a key`, name);
      environment.secretWatch.look(name, JSON.stringify(await read(environment, name)));
    }
  }
  for (const page of ["/readyz", "/metrics", "/api/state"]) await environment.service.get(page);
  for (const server of SERVERS) {
    await environment.service.run(["client", "status", server, "-c", environment.file]);
  }
}

async function read(environment: Environment, name: string): Promise<unknown> {
  const { operator } = environment.redis;
  switch (await operator.type(name)) {
    case "string":
      return await operator.get(name);
    case "hash":
      return await operator.hgetall(name);
    case "set":
      return await operator.smembers(name);
    case "zset":
      return await operator.zrevrange(name, 0, NEWEST);
    case "stream":
      return await operator.xrevrange(name, "+", "-", "COUNT", NEWEST);
    default:
      return "";
  }
}
