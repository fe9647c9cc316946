/** Signatures of logins, against the documented ones. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { createSigner } from "../../../src/okx/sign.ts";

const CREDENTIALS = {
  apiKey: "8f1b0a3c-0000-4000-8000-000000000000",
  secret: "22582BD0CFF14C41EDBF1AB98506286D",
  passphrase: "never-shown",
};

Deno.test("createSigner() signs as the documented vectors say", async (t) => {
  const vectors = [
    [1704876947, "5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU="],
    [1538054050, "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M="],
  ] as const;
  for (const [timestamp, sign] of vectors) {
    await t.step(String(timestamp), () => {
      assert.deepEqual(createSigner(CREDENTIALS)(timestamp), {
        apiKey: CREDENTIALS.apiKey,
        passphrase: CREDENTIALS.passphrase,
        timestamp: String(timestamp),
        sign,
      });
    });
  }
});

Deno.test("createSigner() keeps the secret to itself", () => {
  const sign = createSigner(CREDENTIALS);
  const shown = inspect(sign, { showHidden: true, depth: 9 }) + JSON.stringify(sign(1704876947));
  assert.ok(!shown.includes(CREDENTIALS.secret));
});

Deno.test("the mask knows the last signatures, in every form that they are repeated in", () => {
  const signer = createSigner(CREDENTIALS);
  const { sign = "" } = signer(1704876947);
  signer(1538054050);
  const call = signer.headers("/api/v5/account/balance", 1_704_876_947_000)["OK-ACCESS-SIGN"] ?? "";
  assert.equal(signer.mask(`a ${sign} b ${call} c`), "a *** b *** c");
  for (const shown of [encodeURIComponent(sign), sign.replaceAll("/", "\\/"), sign.slice(0, 20)]) {
    const masked = signer.mask(`{"msg":"invalid sign ${shown}"}`);
    assert.ok(!masked.includes(shown.slice(0, 16)), masked);
  }
});
