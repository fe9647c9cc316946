/** Finds out since when a series is in Redis at all: what happened before has nothing to go on from. */
import { key, nameOf, WATCHED } from "./paths.ts";
import type { Environment } from "./environment.ts";

/** Looks for the newest entry of each series that has no anchor; one from after its last reset is one. */
export async function findAnchors(environment: Environment): Promise<void> {
  const { operator } = environment.redis;
  for (const item of WATCHED) {
    const name = nameOf(item);
    if ((item.kind !== "events" && item.kind !== "bars") || environment.anchors.has(name)) continue;
    if (environment.wants.get(name)!.state !== "yes") continue;
    const start = Math.max(environment.wants.get(name)!.since, environment.resets.get(name) ?? 0);
    const ids = new Set(await newest(operator, item).catch(() => []));
    const { market } = environment.exchange.stage;
    const list = item.kind === "bars"
      ? market.bars.get(item.feed)!.closed
      : market.tapes.get(item.feed)!.list;
    // Newer than everything that this moment could have cut through.
    const found = list.findLast(({ id, at }) => ids.has(id) && at > start);
    if (found) environment.anchors.set(name, Date.now());
  }
}

async function newest(
  operator: Environment["redis"]["operator"],
  item: (typeof WATCHED)[number],
): Promise<string[]> {
  const name = key(item.server, item.path);
  if (item.kind === "bars") return await operator.zrevrange(name, 0, 5);
  if (item.path.startsWith("spot/")) {
    const index = key(item.server, "spot/trade");
    const members = await operator.zrevrange(index, 0, 20);
    const ids: string[] = [];
    for (const member of members) {
      const [instrument, id] = await operator.hmget(`${index}/${member}`, "instrument_id", "trade_id");
      if (instrument === item.arg.instId && id) ids.push(id);
    }
    return ids;
  }
  return (await operator.xrevrange(name, "+", "-", "COUNT", 10)).map(([, fields]) => {
    const at = fields.indexOf("tradeId");
    const details = fields.indexOf("details");
    return at >= 0 ? fields[at + 1]! : details >= 0 ? JSON.parse(fields[details + 1]!)[0].sz : "";
  });
}
