/** `okws watch` as a command, beside a running service. */
import assert from "node:assert/strict";
import { run } from "../../src/cli/mod.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { testIo } from "../support/io.ts";
import { redisTest } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";

redisTest(
  "watch says the one thing that is wrong: no such server, column or path, or no path at all",
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
    for (const line of ["watch nope:BTC", "watch test nope:BTC", "get nope:BTC", "subscribe nope:BTC"]) {
      said = "";
      assert.equal(await run([...line.split(" "), "--redis", redisUrl], io), 2, said);
      // One thing: the path is none, so it cannot be subscribed either.
      const [first, ...others] = said.trimEnd().split("\n");
      assert.equal(first, 'okws: There is no channel "nope"', line);
      assert.ok(others.length <= 1 && others.every((other) => /^okws: see okws help /.test(other)), said);
    }
    said = "";
    assert.equal(await run(["watch", "test", "--redis", redisUrl], io), 2, said);
    assert.match(said, /^okws: .*test/);
    assert.doesNotMatch(said, /no channel/);
  },
);
