/** Errors of Redis without the secrets that they quote. */
import assert from "node:assert/strict";
import { cleanError, createErrorMask } from "../../../../src/store/redis/mask.ts";

Deno.test("createErrorMask() leaves the arguments of unknown commands out, and a password in whatever form", () => {
  const password = 'pw"-1 é/+%25:long enough';
  const mask = createErrorMask({ password, sentinelPassword: "sentinel's own" });
  const texts = [
    `ERR unknown command 'AUTH', with args beginning with: 'u' '${password}'`,
    `ERR unknown command \`AUTH\`, with args beginning with: \`u\` \`${password}\`, `,
    `ERR proxy: refused ${JSON.stringify(["AUTH", "u", password])}`,
    `ERR proxy: refused AUTH u ${password.slice(0, 14)}…`,
    `ERR proxy: ${encodeURIComponent(password)} and sentinel's own`,
    `ERR proxy: redis://u:${encodeURIComponent(password)}@host`,
    `ERR ${'{"op":"open","args":{"secret":"of the exchange'}`,
  ];
  for (const text of texts) {
    const shown = mask(text);
    assert.doesNotMatch(shown, /pw|long|enough|sentinel|of the exchange/, shown);
    assert.match(shown, /^ERR \S/);
  }
});

Deno.test("createErrorMask() finds a short password as a word and leaves other words alone", () => {
  const mask = createErrorMask({ password: "a.b" });
  assert.equal(mask("ERR refused AUTH a.b, 'a.b'"), "ERR refused AUTH ***, '***'");
  assert.equal(mask("ERR xa.bx axb"), "ERR xa.bx axb");
  assert.equal(createErrorMask({})("NOAUTH Authentication required."), "NOAUTH Authentication required.");
  assert.equal(createErrorMask({ password: "" })("ERR x"), "ERR x");
});

Deno.test("cleanError() cleans message, stack, causes and gathered errors, and takes the command away", () => {
  const mask = createErrorMask({ password: "hunter2-SEC" });
  const error = Object.assign(
    new AggregateError([new Error("one hunter2-SEC")], "all hunter2-SEC", {
      cause: new Error("hunter2-SEC"),
    }),
    { command: { name: "auth", args: ["hunter2-SEC"] } },
  );
  cleanError(error, mask);
  assert.doesNotMatch(Deno.inspect(error, { depth: 10 }), /hunter2/);
});
