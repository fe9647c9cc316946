/** Secrets that the exchange quotes are masked, however they are quoted. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeV3Login } from "../../../src/okx/v3/wire.ts";
import { encodeLogin } from "../../../src/okx/v5.ts";
import { createMask, redactEvent, redactLine, redactText } from "../../../src/okx/redact.ts";

const LOGIN = {
  apiKey: "985d5b66-57ce-40fb-b714-afc0b9787083",
  passphrase: "correct-horse",
  timestamp: "1704876947",
  sign: "5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU=",
};

function assertClean(shown: string, secrets: readonly string[]): void {
  for (const secret of secrets) assert.ok(!shown.includes(secret), `${secret} is shown in ${shown}`);
}

Deno.test("redactEvent() masks a login that the exchange echoes in a 60012 error", () => {
  const event = {
    event: "error",
    code: "60012",
    msg: `Invalid request: ${encodeLogin(LOGIN)}`,
    connId: "a4d3ae55",
  };
  const clean = redactEvent(event);
  assertClean(JSON.stringify(clean), [LOGIN.apiKey, LOGIN.passphrase, LOGIN.sign]);
  assert.deepEqual({ ...clean, msg: "" }, { ...event, msg: "" });
  assert.ok(String(clean.msg).startsWith("Invalid request: "));
});

Deno.test("redactText() masks secrets in whatever way they are quoted", async (t) => {
  const texts = [
    JSON.stringify(LOGIN),
    JSON.stringify({ msg: JSON.stringify(LOGIN) }),
    JSON.stringify(JSON.stringify({ msg: JSON.stringify(LOGIN) })),
    JSON.stringify(LOGIN, null, 2),
    `{'apiKey': '${LOGIN.apiKey}', 'passphrase': '${LOGIN.passphrase}', 'sign': '${LOGIN.sign}'}`,
    `apiKey=${LOGIN.apiKey}, passphrase=${LOGIN.passphrase}, sign=${LOGIN.sign}`,
    `APIKEY:${LOGIN.apiKey} PASSPHRASE:${LOGIN.passphrase} SIGN:${LOGIN.sign}`,
  ];
  for (const text of texts) {
    await t.step(text.slice(0, 60), () => {
      assertClean(redactText(text), [LOGIN.apiKey, LOGIN.passphrase, LOGIN.sign]);
    });
  }
});

Deno.test("redactEvent() masks the whole of a passphrase, whatever characters it has", () => {
  fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 30 }), (tail) => {
    const passphrase = `open sesame${tail}end-of-it`;
    const event = { event: "error", code: "60012", msg: encodeLogin({ ...LOGIN, passphrase }) };
    assertClean(JSON.stringify(redactEvent(event)), ["sesame", "end-of-it"]);
  }));
});

Deno.test("redactEvent() gives back an event without secrets as it is", () => {
  const event = { event: "error", code: "60018", msg: "channel:tickers,instId:LTC-USD doesn't exist" };
  assert.equal(redactEvent(event), event);
});

Deno.test("redactEvent() masks a v3 login that is echoed, which is a list without names", () => {
  fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 30 }), (tail) => {
    const passphrase = `open sesame${tail}end-of-it`;
    const echo = encodeV3Login({ ...LOGIN, passphrase });
    for (const message of [echo, JSON.stringify(echo), `Invalid: ${echo}`]) {
      const clean = JSON.stringify(redactEvent({ event: "error", message, errorCode: 30012 }));
      assertClean(clean, [LOGIN.apiKey, LOGIN.sign, "sesame", "end-of-it"]);
    }
  }));
});

Deno.test("redactText() leaves v3 requests without a login as they are", () => {
  const request = '{"op":"subscribe","args":["spot/account:USDT"]}';
  assert.equal(redactText(request), request);
});

Deno.test("redactText() masks the values of a login without their names, in every form that a text gives them", () => {
  const values = ['key with "quotes" & é', "phrase{'x'},", "short"];
  const mask = createMask([...values, "abc"]);
  const forms = values.flatMap((value) => [
    value,
    JSON.stringify(value),
    JSON.stringify(JSON.stringify(value)),
    encodeURIComponent(value),
    btoa(String.fromCharCode(...new TextEncoder().encode(value))),
  ]);
  for (const form of forms) {
    const shown = redactText(`before ${form} after`, mask);
    assert.match(shown, /^before .*\*\*\*.* after$/);
    assertClean(shown, [...values, form]);
  }
  assert.equal(redactText("abcdef", mask), "abcdef", "three characters occur by chance");
});

Deno.test("redactText() takes a time that grows with the text, whatever the text is, and cuts it", () => {
  const text = "\\".repeat(1_000_000);
  for (
    const each of [
      text,
      `${text}"op":"login"`,
      '"'.repeat(1_000_000),
      "sign".repeat(250_000),
      "://".repeat(300_000),
    ]
  ) {
    const start = performance.now();
    assert.ok(redactText(each).length <= 4200);
    assert.ok(performance.now() - start < 30_000);
  }
});

Deno.test("redactText() and redactLine() mask the password of a URL", () => {
  for (const redact of [redactText, redactLine]) {
    assert.equal(
      redact("at redis://user:p4ss%2F@host:6379/1, at redis://:p4ss@h"),
      "at redis://user:***@host:6379/1, at redis://:***@h",
    );
  }
});

Deno.test("redactLine() masks a login inside a log line and keeps the line as it is otherwise", () => {
  const line = JSON.stringify({ message: "x", properties: { reason: encodeLogin(LOGIN), other: "kept" } });
  const shown = redactLine(line);
  assertClean(shown, [LOGIN.apiKey, LOGIN.passphrase, LOGIN.sign]);
  assert.equal(JSON.parse(shown).properties.other, "kept");
});

Deno.test("createMask() hides the whole of a value whose ways of being written begin alike", () => {
  const value = 'a long phrase, with "quotes" and \\ more';
  const mask = createMask([value]);
  const once = JSON.stringify(value);
  for (
    const text of [value, once, JSON.stringify(once), JSON.stringify(once).slice(0, -9), `${value}${once}`]
  ) {
    assert.doesNotMatch(mask(`<${text}>`), /phrase|quotes|more/, text);
  }
});

Deno.test("createMask() hides a value however the characters of a JSON text are escaped, and nothing else", () => {
  const mask = createMask(['Pa/ss<W&rd"9é']);
  const all = (text: string) =>
    [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
  for (
    const written of [
      'Pa\\/ss<W&rd\\"9é',
      "Pa/ss\\u003cW\\u0026rd\\u00229\\u00e9",
      'Pa\\u002Fss\\u003CW\\u0026rd\\"9\\u00E9',
      all('Pa/ss<W&rd"9é'),
      JSON.stringify('Pa\\/ss\\u003cW&rd\\"9é').slice(1, -1),
    ]
  ) {
    assert.equal(mask(`{"msg":"a \\\\ b ${written} c\\n"}`), '{"msg":"a \\\\ b *** c\\n"}', written);
  }
  const other = '{"msg":"Pa\\/ss and \\u003cW, \\\\ and \\ud83d\\n"}\\';
  assert.equal(mask(other), other);
});
