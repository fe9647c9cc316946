/** What people do meanwhile: commands, and a configuration that is read again. */
import type { Random } from "../../src/mock/market/random.ts";
import { pathsOf } from "../faults/watched.ts";
import { SERVER } from "../faults/environment.ts";
import { type Action, lengthOf, pick, type Stage } from "./action.ts";

/** A person subscribes, and thinks better of it. */
export function subscribeFor(random: Random): Action {
  const instId = pick(random, ["LTC-USDT", "DOGE-USDT", "XRP-USDT"]);
  const paths = [`tickers:${instId}`, `books:${instId}`, `trades:${instId}`];
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `okws client subscribe, and unsubscribe after ${ms} ms: ${paths.join(" ")}`,
    async run({ environment, sleep }) {
      await environment.client("subscribe", SERVER, ...paths);
      await sleep(ms);
      await environment.client("unsubscribe", SERVER, ...paths);
    },
  };
}

/** Another server comes and goes. */
export function openFor(random: Random): Action {
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `okws client open, subscribe, and close after ${ms} ms`,
    async run({ environment, sleep }) {
      await environment.client("open", "guest", "--endpoint", `ws://127.0.0.1:${environment.exchange.port}`);
      await environment.client("subscribe", "guest", "tickers:BTC-USDT");
      await sleep(ms);
      await environment.client("close", "guest");
    },
  };
}

/** The configuration gets a path more, and loses it again. */
export function reloadFor(random: Random): Action {
  const more = pick(random, ["tickers:XRP-USDT", "books:LTC-USDT", "candle1m:DOGE-USDT"]);
  const ms = lengthOf(random, [1000, 6000]);
  return {
    text: `reload with ${more}, and without it after ${ms} ms`,
    async run({ environment, sleep }) {
      await environment.configure({ paths: [...pathsOf(environment.watched), more] });
      environment.service().kill("SIGHUP");
      await sleep(ms);
      await environment.configure();
      environment.service().kill("SIGHUP");
    },
  };
}

/** A file that cannot be read must change nothing. */
export async function brokenReload({ environment, sleep }: Stage): Promise<void> {
  await Deno.writeTextFile(environment.configFile, "settings: [\n");
  environment.service().kill("SIGHUP");
  await sleep(500);
  await environment.configure();
}
