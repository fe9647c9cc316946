/** A login that the exchange refuses: what it may be about stands in `P/subs`, where a person looks. */
import assert from "node:assert/strict";
import { type FakeRequest, healthy, startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "real-key-7", secret: "real-secret-7", password: "real-pass-7" };

/** Code, the exchange's words, and what okws adds. */
const REFUSALS: readonly (readonly [string, string, RegExp])[] = [
  ["60032", "API key doesn't exist.", /ENDPOINT.*region.*okx-eea.*okx-us.*okx-tr.*-demo/],
  ["50101", "APIKey does not match current environment.", /demo trading need an ENDPOINT with -demo/],
  ["50110", "Your IP 10.1.2.3 is not included in your API key's IP whitelist.", /IP list of the key/],
  ["60024", "Wrong passphrase", /passphrase that was chosen when the key was made/],
  ["60007", "Invalid sign", /secret is not the one of this apiKey/],
  ["50199", "Something that nobody has seen yet", /region and demo trading of ENDPOINT, and the IP list/],
];

for (const [code, msg, hint] of REFUSALS) {
  Deno.test(`a login refused with ${code} says what to look at, and public data goes on`, async () => {
    const answer = (request: FakeRequest) =>
      request.op === "login" ? [{ event: "error", code, msg, connId: "a4d3ae55" }] : healthy(request);
    await using okx = startFakeOkx({ answer });
    await using run = await startService({
      endpoint: okx.url,
      servers: [LOGIN],
      channels: ["account", "tickers:BTC-USDT"],
    });
    const record = await waitFor("the refusal", async () => {
      const found = await run.sub("account");
      return found?.state === "refused" ? found : undefined;
    });
    assert.equal(record.error?.code, code);
    assert.ok(record.error?.message.startsWith(`${msg} (`), record.error?.message);
    assert.match(record.error?.message ?? "", hint);
    const { lastError } = await waitFor(
      "the reason of the connection",
      () => run.service.view().servers[0]?.connections.find((each) => each.lastError !== ""),
    );
    assert.match(lastError, hint);
    await waitFor("public data", async () => (await run.sub("tickers:BTC-USDT"))?.state === "live");
  });
}
