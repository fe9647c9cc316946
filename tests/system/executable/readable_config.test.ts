/** A file with secrets that other users can read: every command that takes it as it is says so. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { runOkws, startOkws } from "../../support/program.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("serve and check warn of a readable file with secrets in it, without showing them", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-test-" });
  try {
    const file = `${folder}/okws.yaml`;
    await Deno.writeTextFile(
      file,
      `settings: { REDIS_URL: "embedded://127.0.0.1:${freePort()}", HTTP: off, HTTP_PASSWORD: planted-1 }\n` +
        "servers:\n  - { name: a, endpoint: 'ws://127.0.0.1:1', apiKey: planted-2, secret: planted-3, password: planted-4 }\n",
    );
    await Deno.chmod(file, 0o644);
    const names =
      /other users can read HTTP_PASSWORD, servers\[0\]\.apiKey, servers\[0\]\.secret, servers\[0\]\.password/;
    const checked = await runOkws(["check", "-c", file]);
    assert.equal(checked.code, 0);
    assert.match(checked.stderr, names);
    assert.ok(checked.stderr.startsWith(`okws: ${file}: mode 644`), checked.stderr);
    await using service = startOkws(["serve", "-c", file]);
    await service.waitForLine(names);
    await service.waitForLine(/Listening for commands/);
    // What is read again is looked at again.
    service.kill("SIGHUP");
    const warned = () => service.stderr.filter((line) => names.test(line)).length;
    await waitFor("a second warning", () => warned() === 2);
    await service.stop();
    assert.doesNotMatch(service.text() + checked.stderr + checked.stdout, /planted/);
    await Deno.chmod(file, 0o600);
    const good = await runOkws(["check", "-c", file]);
    assert.equal(good.code, 0);
    assert.equal(good.stderr, "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
