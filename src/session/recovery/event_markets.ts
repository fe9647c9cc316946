/**
 * Markets of event contracts: their channel pushes changes only, so those that are there are listed when a subscription
 * begins, series by series, and of each series those that have ended last (OKX v5, "Get markets").
 */
import type { Row } from "../../okx/frame.ts";
import { idText } from "../../okx/row_lifecycle.ts";
import type { Topic } from "../../okx/topic.ts";
import { hasScalars } from "./list_rows.ts";
import { callRest, type InstrumentListOptions, seriesOf, untilThere } from "./instrument_lists.ts";

const PATH = "/public/event-contract/markets";
const OPEN = ["preopen", "live", "settling"];

/** Pages of the open markets of a series at most; each has 100. */
const MAX_PAGES = 20;

/** Returns those that are open, and those that have ended last; nothing when the signal is aborted. */
export async function fetchMarkets(
  topic: Topic,
  options: InstrumentListOptions,
): Promise<{ readonly open: readonly Row[]; readonly ended: readonly Row[] }> {
  const series = await untilThere(topic, () => seriesOf(options), options);
  const both = await Promise.all(series.map(async (seriesId) => ({
    open: await untilThere(topic, () => openMarkets(seriesId, options), options),
    ended: await untilThere(
      topic,
      () => callRest(PATH, { seriesId, state: "expired" }, isMarket, options),
      options,
    ),
  })));
  // The lists are asked for one after the other: what a row says of itself holds.
  const ended = both.flatMap((each) => each.ended);
  const open = new Map(
    [...both.flatMap((each) => each.open), ...ended.filter(isOpen)].map((row) => [row.instId, row]),
  );
  return { open: [...open.values()], ended: ended.filter((row) => !isOpen(row)) };
}

async function openMarkets(seriesId: string, options: InstrumentListOptions): Promise<Row[]> {
  const markets = new Map<string, Row>();
  for (const state of OPEN) {
    let after = "";
    for (let page = 0; page < MAX_PAGES; page++) {
      const query = { seriesId, state, limit: "100", ...(after === "" ? {} : { after }) };
      const rows = await callRest(PATH, query, isMarket, options);
      const before = markets.size;
      for (const row of rows) markets.set(String(row.instId), row);
      const last = idText(rows.at(-1)?.expTime);
      if (last === undefined || markets.size === before) break;
      // Many markets end at one time, on both sides of the end of a page.
      after = String(Number(last) + 1);
    }
  }
  return [...markets.values()].filter(isOpen);
}

function isOpen({ state }: Row): boolean {
  return OPEN.includes(String(state));
}

/** Returns whether a row says which market it is, and whether that is open. */
function isMarket(row: unknown): boolean {
  return hasScalars(row, ["instId", "state"]);
}
