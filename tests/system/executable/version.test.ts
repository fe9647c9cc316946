/** `okws version` and `okws upgrade --check`: what a person, and a script, learns of the program itself. */
import assert from "node:assert/strict";
import manifest from "../../../deno.json" with { type: "json" };
import { freePort } from "../../support/free_port.ts";
import { runOkws } from "../../support/program.ts";
import { assertFails } from "./environment.ts";

Deno.test("version names version, commit, runtime and features", async () => {
  const lines = (await runOkws(["version"])).stdout.trim().split("\n");
  assert.deepEqual(lines.map((line) => line.split(/\s+/)[0]), ["okws", "commit", "runtime", "features"]);
  const about = JSON.parse((await runOkws(["version", "--json"])).stdout);
  assert.equal(about.version, manifest.version);
  assert.match(about.commit ?? "0".repeat(40), /^[0-9a-f]{40}$/);
  assert.equal(about.commit !== null, about.runtime.executable, "an executable knows its commit");
  assert.ok(about.features.includes("protocol-v5"));
});

/** A releases page that answers so. */
function startReleases(
  answer: () => Response | Promise<Response>,
): AsyncDisposable & { readonly url: string } {
  const port = freePort();
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, answer);
  return { url: `http://127.0.0.1:${port}/latest`, [Symbol.asyncDispose]: () => server.shutdown() };
}

function check(url: string, ...more: string[]) {
  return runOkws(["upgrade", "--check", "--url", url, ...more]);
}

Deno.test("upgrade --check says what is newer by its exit code, and why it could not ask", async () => {
  let tag = "v999.0.0";
  await using page = startReleases(() => Response.json({ tag_name: tag, html_url: "https://example.org/r" }));
  const newer = await check(page.url);
  assert.deepEqual([newer.code, newer.stdout], [
    1,
    `okws 999.0.0 is newer than this one, ${manifest.version}: https://example.org/r\n`,
  ]);
  assert.deepEqual(JSON.parse((await check(page.url, "--json")).stdout), {
    ...{ version: manifest.version, newest: "999.0.0", newer: true, page: "https://example.org/r" },
  });
  tag = `v${manifest.version}`;
  assert.deepEqual([(await check(page.url)).code, (await check(page.url)).stdout], [
    0,
    `okws ${manifest.version} is the newest\n`,
  ]);
  tag = "latest";
  assertFails(await check(page.url), 3, /what it answers is no release/);
  assertFails(
    await check(`http://127.0.0.1:${freePort()}/`),
    3,
    /Cannot ask 127\.0\.0\.1:\d+.*cannot be reached/,
  );
  assertFails(await runOkws(["upgrade"]), 2, /does not replace itself/);
  assertFails(await check("ftp://x"), 2, /--url is an http/);
});

Deno.test("upgrade --check waits no longer than it is asked to, and knows that there is no release yet", async () => {
  await using none = startReleases(() => new Response("{}", { status: 404 }));
  const first = await check(none.url);
  assert.equal(first.code, 0);
  assert.match(first.stdout, /no release has been published yet/);
  const silent = Promise.withResolvers<Response>();
  await using hanging = startReleases(() => silent.promise);
  assertFails(await check(hanging.url, "--timeout", "300"), 3, /no answer within 300 ms/);
  silent.resolve(new Response("late"));
});
