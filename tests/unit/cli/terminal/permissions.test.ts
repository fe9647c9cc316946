/** What each command and the running service are permitted to do. */
import assert from "node:assert/strict";
import { PERMISSIONS } from "../../../../scripts/compile/permissions.ts";
import { createProgram } from "../../../../src/cli/mod.ts";
import { unneededBy, unneededByService } from "../../../../src/cli/terminal/permissions.ts";
import { testIo } from "../../../support/io.ts";
import { childEnvironment, PROGRAMS } from "../../../../src/system/programs.ts";

Deno.test("only commands that install or look at a service may run programs, and few may write", () => {
  const io = testIo();
  const commands = createProgram(io, () => {}).commands.map((command) => command.name());
  const keeps = (permission: "run" | "write") =>
    commands.filter((name) => !unneededBy(name).includes(permission)).sort();
  assert.deepEqual(keeps("run"), ["doctor", "logs", "serve", "service"]);
  // A Redis may be reached by a socket of the file system, which counts as writing.
  const clients = ["client", "get", "quit", "reload", "status", "subscribe", "top", "unsubscribe", "watch"];
  assert.deepEqual(
    keeps("write"),
    [...clients, "doctor", "export", "init", "record", "serve", "service"].sort(),
  );
  assert.deepEqual(unneededBy("service install"), []);
});

Deno.test("a running service gives up what its configuration does not need", () => {
  const base = { redisUrl: "redis://h", notifies: false, runsProgram: false };
  assert.deepEqual(unneededByService(base), ["run", "write"]);
  assert.deepEqual(unneededByService({ ...base, redisUrl: undefined }), ["run", "write"]);
  assert.deepEqual(unneededByService({ ...base, redisUrl: "unix:/run/redis.sock" }), ["run"]);
  assert.deepEqual(unneededByService({ ...base, notifies: true }), ["run"]);
  assert.deepEqual(unneededByService({ ...base, records: true }), ["run"]);
  assert.deepEqual(unneededByService({ ...base, notifies: true, runsProgram: true }), []);
});

Deno.test("childEnvironment() leaves out what would load other code into a program", () => {
  const kept = { PATH: "/bin", HOME: "/root", LDAP: "x" };
  assert.deepEqual(childEnvironment({ ...kept, LD_PRELOAD: "/x.so", DYLD_INSERT_LIBRARIES: "/x" }), kept);
});

Deno.test("the executable is granted what docs/service.md says and nothing else", () => {
  const kinds = PERMISSIONS.map((each) => each.split("=")[0]).sort();
  assert.deepEqual(kinds, ["env", "net", "read", "run", "sys", "write"].map((kind) => `--allow-${kind}`));
  assert.ok(PERMISSIONS.includes(`--allow-run=${PROGRAMS.join(",")}`));
});
