/** What `/readyz` says, in the reader's language: each kind of fault, with the reasons that it may have. */
import assert from "node:assert/strict";
import { inLanguage } from "../../../../src/cli/health/mod.ts";
import { english, loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import { readinessFaults } from "../../../../src/http/readiness.ts";
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
        { ...late, since: NOW - 60_000 },
        { ...late, receivedAt: NOW - 60_000 },
      ],
    }],
    ...more,
  } as unknown as View;
}

Deno.test("what keeps a service from being ready is said in Chinese, and in English as it comes", async () => {
  const chinese = await loadLanguage("zh");
  const lines = [
    ...readinessFaults(view({}), NOW),
    ...readinessFaults(
      view({ starting: true, stopping: true, stats: { writingSince: NOW - 9000, answeredAt: 0 } }),
      NOW,
    ),
  ];
  assert.ok(lines.length >= 17, lines.join("\n"));
  for (const line of lines) {
    assert.equal(inLanguage(line, english), line);
    const words = inLanguage(line, chinese).replace(
      /tickers:BTC-USDT|Redis|stale|wanted|sent|syncing|overdue/g,
      "",
    );
    assert.doesNotMatch(words, /[A-Za-z]{2}/, line);
    assert.match(words, /\p{Script=Han}/u, line);
  }
});
