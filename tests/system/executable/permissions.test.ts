/** What the program may do once it runs: nothing that its command does not need. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { startOkws } from "../../support/program.ts";

Deno.test("a service that needs no file and no program serves without the right to either", async () => {
  await using service = startOkws([
    ...["serve", "--redis", `embedded://127.0.0.1:${freePort()}`, "--http", "off"],
  ], { env: { OKWS_ENDPOINT: "ws://127.0.0.1:1" } });
  await service.waitForLine(/Listening for commands/);
  assert.equal(await service.stop(), 0, service.text());
});
