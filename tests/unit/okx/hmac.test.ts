import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { hmacSha256 } from "../../../src/okx/hmac.ts";
import { anyText } from "../../support/any_text.ts";

Deno.test("hmacSha256() gives the codes of RFC 4231", () => {
  const hex = (secret: string, text: string) => Uint8Array.fromBase64(hmacSha256(secret, text)).toHex();
  assert.equal(
    hex("Jefe", "what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

Deno.test("hmacSha256() equals the runtime's own for secrets of any length", () => {
  fc.assert(fc.property(anyText({ maxLength: 200 }), fc.string(), (secret, text) => {
    assert.equal(hmacSha256(secret, text), createHmac("sha256", secret).update(text).digest("base64"));
  }));
});
