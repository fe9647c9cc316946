/** What is wrong with the answers for a first configuration, and by which option each was given. */
import assert from "node:assert/strict";
import { type Answers, DEFAULTS } from "../../../src/cli/init/answers.ts";
import { faultsOf } from "../../../src/cli/init/faults.ts";

Deno.test("a fault of an answer names the option that it was given by", () => {
  const optionsOf = (more: Partial<Answers>) =>
    faultsOf({ ...DEFAULTS, ...more }).map(({ option }) => option);
  assert.deepEqual(optionsOf({}), []);
  assert.deepEqual(optionsOf({ server: "a b" }), ["--server"]);
  assert.deepEqual(optionsOf({ server: "a b", endpoint: "foo" }), ["--server", "--endpoint"]);
  assert.deepEqual(optionsOf({ channels: ["tickrs:X", "account"] }), ["--subscribe", "--subscribe"]);
  assert.deepEqual(optionsOf({ redis: "http://x" }), ["--redis"]);
  const login = { apiKey: " k", secret: "s\nt", password: "p" };
  assert.deepEqual(optionsOf({ login }), ["--api-key", "--secret"]);
  // Of all three together no single one is wrong.
  assert.deepEqual(optionsOf({ login: { apiKey: "k", secret: "", password: "" } }), [""]);
});
