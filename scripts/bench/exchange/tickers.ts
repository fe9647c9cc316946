/** Tickers as the exchange sends them, about 350 bytes each, in the members and lengths of OKX's own. */
import { STAMP_LENGTH } from "../clock.ts";
import type { Feed } from "./feed.ts";
import { createTemplate, placeholder, writeNumber, writeStamp } from "./template.ts";

/** Different rows of an instrument, so that consecutive ones differ as real ones do. */
const VARIANTS = 20;

/** A subscription of tickers: the time of sending stands in `askPx` and `ts`. */
export function createTickers(instId: string): Feed {
  const templates = Array.from({ length: VARIANTS }, (_, i) => createTemplate(push(instId, i)));
  let turn = 0;
  return {
    first: [],
    next(micros) {
      const template = templates[turn++ % VARIANTS] as (typeof templates)[number];
      writeStamp(template, "clock", micros);
      writeNumber(template, "ms", Math.floor(micros / 1000));
      return template.frame;
    },
  };
}

function push(instId: string, variant: number): string {
  const price = (1000 + variant / 10).toFixed(1);
  const row = {
    ...{
      instType: "SPOT",
      instId,
      last: price,
      lastSz: "0.00164251",
      askPx: placeholder("clock", STAMP_LENGTH),
    },
    ...{ askSz: "0.15455902", bidPx: price, bidSz: "1.70080521", open24h: "63958.9", high24h: "64496.9" },
    ...{ low24h: "63309.4", sodUtc0: "63484.7", sodUtc8: "63445.9", volCcy24h: "229576048.730317321" },
    ...{ vol24h: "3601.1585121", ts: placeholder("ms", 13) },
  };
  return `{"arg":{"channel":"tickers","instId":"${instId}"},"data":[${JSON.stringify(row)}]}`;
}
