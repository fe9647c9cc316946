/** `okws watch` as a command, beside a running service. */
import assert from "node:assert/strict";
import { run } from "../../src/cli/mod.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { testIo } from "../support/io.ts";
import { redisTest } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";

redisTest(
  "watch of a server that the service does not have ends with 1 and names those that are open",
  async () => {
    await using okx = startFakeOkx();
    await using running = await startService({
      endpoint: okx.url,
      servers: [{ name: "test" }],
      channels: ["tickers:A-B"],
    });
    let said = "";
    const io = testIo({ note: (line) => said += `${line}\n` });
    const { redisUrl } = running;
    assert.equal(await run(["watch", "nope", "tickers:A-B", "--redis", redisUrl], io), 1, said);
    assert.match(said, /no server nope, open are: test/);
    assert.equal(await run(["watch", "test", "tickers:A-B", "--columns", "nix"], io), 2, said);
    assert.match(said, /there is no column nix/);
  },
);
