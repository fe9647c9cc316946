/** What `/readyz` says, in the reader's language: each kind of fault, with the reasons that it may have. */
import assert from "node:assert/strict";
import { describe } from "../../../../src/cli/health/mod.ts";
import { english, loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import { assessReadiness, describeFault } from "../../../../src/http/readiness.ts";
import type { View } from "../../../../src/http/view.ts";

const NOW = Date.UTC(2026, 10, 27, 12);

/** A service that is not ready for every reason that there is. */
function view(more: object): View {
  const path = { path: "tickers:BTC-USDT", state: "live", error: null, receivedAt: 0, since: NOW };
  const late = { ...path, everyMs: 5000 };
  return {
    stopping: false,
    outage: "",
    stats: { writingSince: 0, answeredAt: 0 },
    servers: [{
      name: "t",
      subscriptions: [
        ...["stale", "wanted", "sent", "syncing"].map((state) => ({ ...path, state })),
        {
          ...path,
          state: "stale",
          error: { code: "x", message: "nothing has come for 9 s, promised every 5 s" },
        },
        {
          ...path,
          state: "wanted",
          error: {
            ...{
              code: "dns",
              message: "the name of ws.okx.com cannot be looked up (DNS): nothing listens there",
            },
            nextAt: NOW + 12_000,
          },
        },
        { ...late, since: NOW - 60_000 },
        { ...late, receivedAt: NOW - 60_000 },
      ],
    }],
    ...more,
  } as unknown as View;
}

Deno.test("what keeps a service from being ready is said in Chinese, and in English as it comes", async () => {
  const chinese = await loadLanguage("zh");
  const busy = { starting: true, stopping: true, stats: { writingSince: NOW - 9000, answeredAt: 0 } };
  const faults = [view({}), view(busy)].flatMap((each) => assessReadiness(each, NOW).faults);
  assert.ok(faults.length >= 17);
  for (const fault of faults) {
    const line = describeFault(fault, NOW);
    assert.equal(describe(fault, english, NOW), line);
    const words = describe(fault, chinese, NOW).replace(
      /tickers:BTC-USDT|Redis|stale|wanted|sent|syncing|overdue|ws\.okx\.com|DNS/g,
      "",
    );
    assert.doesNotMatch(words, /[A-Za-z]{2}/, line);
    assert.match(words, /\p{Script=Han}/u, line);
  }
});
