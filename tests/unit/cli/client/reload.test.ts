/** What a person is shown of a reload. */
import assert from "node:assert/strict";
import { renderReload } from "../../../../src/cli/client/reload.ts";

const NONE = { opened: [], closed: [], reopened: [], subscribed: [], unsubscribed: [], restart: [] };

Deno.test("renderReload() names each thing that was changed", () => {
  assert.deepEqual(renderReload(NONE), ["Nothing differs"]);
  assert.deepEqual(
    renderReload({
      opened: ["c"],
      closed: ["b"],
      reopened: ["a"],
      subscribed: [{ server: "c", paths: ["tickers:X", "trades:X"] }],
      unsubscribed: [{ server: "a", paths: ["tickers:Y"] }],
      restart: ["MAX_ROW"],
    }),
    [
      "closed b",
      "opened c",
      "opened again a",
      "unsubscribed a tickers:Y",
      "subscribed c tickers:X",
      "subscribed c trades:X",
      "Taken at the next start: MAX_ROW",
    ],
  );
});
