/**
 * The image without Docker: what the last stage of the Dockerfile copies, with the C library alone beside it, read-only, in
 * namespaces of its own, as the user and with the words that it names. What it does not show is that the bases can be had.
 */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { freePort } from "../../support/free_port.ts";
import { runChild, startChild } from "../../support/child.ts";
import { testWith } from "../../support/needs.ts";
import { startRedis } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";
import { startMock, tempFolder } from "./environment.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** What the image is run with. */
type Image = {
  readonly root: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
};

/** Puts together, below `root`, what the last stage says. */
async function assemble(root: string, executable: string): Promise<Image> {
  const text = (await Deno.readTextFile(`${ROOT}Dockerfile`)).replaceAll("\\\n", " ");
  const lines = text.slice(text.lastIndexOf("\nFROM ")).split("\n");
  const valueOf = (name: string) =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1).trim() ?? "";
  const place = async (from: string, to: string) => {
    await Deno.mkdir(`${root}${to.slice(0, to.lastIndexOf("/"))}`, { recursive: true });
    await Deno.copyFile(from, `${root}${to}`);
  };
  for (const line of lines) {
    const [, from = "", to = ""] = /^COPY --from=build \/src\/(\S+) (\S+)$/.exec(line) ?? [];
    if (from !== "") await place(from === "dist/okws" ? executable : `${ROOT}${from}`, to);
  }
  const { stdout } = await runChild("ldd", [executable]);
  for (const [, library = ""] of stdout.matchAll(/(\/\S+\.so\S*) \(/g)) await place(library, library);
  for (const folder of ["proc", "dev", "tmp"]) await Deno.mkdir(`${root}/${folder}`);
  const words = (name: string): string[] => JSON.parse(valueOf(name).replace(/^.*?CMD (?=\[)/, ""));
  return {
    ...{ root, user: valueOf("USER"), entrypoint: words("ENTRYPOINT"), command: words("CMD") },
    healthcheck: words("HEALTHCHECK"),
  };
}

/** The words that run some in the image, as its first process. */
function within({ root, user }: Image, words: readonly string[]): [string, string[]] {
  const script = `mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev" &&
    mknod -m 666 "$0/dev/null" c 1 3 && mknod -m 666 "$0/dev/urandom" c 1 9 &&
    mount -o remount,ro,bind "$0" && exec chroot --userspec=${user} "$0" "$@"`;
  return ["unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, root, ...words]];
}

const bin = Deno.env.get("OKWS_BIN");

if (bin) {
  testWith(
    ["redis-server", "root"],
    "the image serves as a user who is not root, is healthy, and stops in order",
    async (t) => {
      await using folder = await tempFolder();
      // The user of the image has to reach it.
      await Deno.chmod(folder.path, 0o755);
      const root = `${folder.path}/root`;
      await Deno.mkdir(root, { mode: 0o755 });
      const image = await assemble(root, bin);
      await using redis = await startRedis();
      await using mock = await startMock();
      const http = `127.0.0.1:${freePort()}`;
      const env = {
        ...{ OKWS_REDIS_URL: redis.url, OKWS_ENDPOINT: mock.url, OKWS_HTTP: http },
        // Where chroot is, which is not on everybody's path.
        PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin`,
      };
      const run = (words: readonly string[]) => runChild(...within(image, words), { env });

      await t.step("it has no shell", async () => {
        assert.notEqual((await run(["/bin/sh", "-c", "true"])).code, 0);
      });

      await t.step("it says what it is", async () => {
        const { code, stdout, stderr } = await run([...image.entrypoint, "version"]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^okws \d+\.\d+\.\d+\n/);
      });

      await t.step("nothing answers before it serves", async () => {
        assert.equal((await run(image.healthcheck)).code, 3);
      });

      await using service = startChild(...within(image, [...image.entrypoint, ...image.command]), { env });
      await service.waitForLine(/Listening for commands/);
      const children = `/proc/${service.pid}/task/${service.pid}/children`;
      const pid = Number((await Deno.readTextFile(children)).trim());

      await t.step("its process is not root", async () => {
        const status = await Deno.readTextFile(`/proc/${pid}/status`);
        assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
        assert.match(status, /^Gid:\t65532\t65532\t65532\t65532$/m);
      });

      await t.step("rows are in Redis, and its health check is content", async () => {
        const client = new Redis(redis.url);
        try {
          await waitFor("a row", async () => await client.exists("okex/test/spot/ticker:ETH-USDT") === 1);
        } finally {
          client.disconnect();
        }
        const { code, stderr } = await run(image.healthcheck);
        assert.equal(code, 0, stderr);
      });

      await t.step("it stops in order as the first process of its namespace", async () => {
        Deno.kill(pid, "SIGTERM");
        assert.equal(await service.ended(), 0);
        assert.ok(service.lines.some(({ text }) => text.includes("Stopped")));
      });
    },
  );
}
