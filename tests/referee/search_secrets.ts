/** Looks for secrets in all that lies in Redis. */
import { SERVERS } from "./paths.ts";
import type { World } from "./world.ts";

/** Of a stream or an index the newest; the older ones were written in the same way. */
const NEWEST = 200;

export async function searchSecrets(world: World): Promise<void> {
  const { operator } = world.redis;
  for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
    const [next, names] = await operator.scan(cursor, "COUNT", 1000);
    cursor = next;
    for (const name of names) {
      world.secretWatch.look(`the name of a key`, name);
      world.secretWatch.look(name, JSON.stringify(await read(world, name)));
    }
  }
  for (const page of ["/readyz", "/metrics", "/api/state"]) await world.service.get(page);
  for (const server of SERVERS) await world.service.run(["client", "status", server, "-c", world.file]);
}

async function read(world: World, name: string): Promise<unknown> {
  const { operator } = world.redis;
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
