/** What an error of Redis is about: the whole server, one key, or the connection. */
import assert from "node:assert/strict";
import { StoreError } from "../../../src/shared/errors.ts";
import { isRejected, replyAt } from "../../../src/store/redis/replies.ts";
import { TransportError } from "../../../src/store/redis/transport.ts";
import { refusalOf, remedyOf, withCircumstances } from "../../../src/shared/redis_errors.ts";
import { ReplyError } from "../../../src/store/redis/resp.ts";

/** Replies as redis-server 7.0 gives them. */
const TEMPORARY = [
  "OOM command not allowed when used memory > 'maxmemory'.",
  "READONLY You can't write against a read only replica.",
  "LOADING Redis is loading the dataset in memory",
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  "CLUSTERDOWN The cluster is down",
  "CLUSTERDOWN Hash slot not served",
  "TRYAGAIN Multiple keys request during rehashing of slot",
  "MOVED 3999 127.0.0.1:6381",
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
  "NOREPLICAS Not enough good replicas to write.",
  "BUSY Redis is busy running a script.",
  "NOAUTH Authentication required.",
  "WRONGPASS invalid username-password pair or user is disabled.",
  "EXECABORT Transaction discarded because of previous errors.",
];
const OWN = [
  "WRONGTYPE Operation against a key holding the wrong kind of value",
  "NOPERM this user has no permissions to access one of the keys used as arguments",
  "ERR value is not an integer or out of range",
];

Deno.test("what Redis says of itself for now stops the batch, with a remedy", () => {
  for (const text of TEMPORARY) {
    assert.throws(
      () => isRejected(new ReplyError(text)),
      (error) => {
        assert.ok(error instanceof StoreError);
        assert.ok(error.message.includes(text) && error.message.endsWith(")"), error.message);
        return true;
      },
    );
  }
});

Deno.test("what Redis says of one key is counted", () => {
  for (const text of OWN) assert.equal(isRejected(new ReplyError(text)), true, text);
  assert.equal(isRejected("OK"), false);
});

Deno.test("a reply of the wrong server makes the store look for the right one", () => {
  const elsewhere = TEMPORARY.filter((text) => refusalOf(text)?.elsewhere);
  assert.deepEqual(elsewhere.map((text) => text.split(" ")[0]), [
    "READONLY",
    "MASTERDOWN",
    "NOAUTH",
    "WRONGPASS",
  ]);
});

Deno.test("a lost connection is Redis being away, with a remedy where there is one", () => {
  assert.throws(
    () => isRejected(new TransportError("connect ECONNREFUSED 127.0.0.1:1")),
    (error) => error instanceof StoreError && /is redis-server running/.test(error.message),
  );
  assert.equal(remedyOf("something new"), undefined);
});

Deno.test("a database that was not selected has the remedy of its reason", () => {
  const table: [string, RegExp][] = [
    ["ERR DB index is out of range", /raise databases in its redis\.conf/],
    ["NOPERM this user has no permissions to run the 'select' command", /\+select/],
    ["NOPERM this user has no permissions to run the 'select' command or its subcommand", /\+select/],
    ["ERR SELECT is not allowed in cluster mode", /redis\+cluster:\/\//],
  ];
  for (const [reason, remedy] of table) {
    for (const said of [reason, `database 5 was not selected: ${reason}`]) {
      assert.match(remedyOf(said)?.english ?? "", remedy, said);
    }
  }
});

Deno.test("an error of a connection has the remedy that follows from its settings", () => {
  const plain = { hasAuthority: false, isTls: false, hasAnswered: false };
  const table: [string, Partial<typeof plain>, RegExp | undefined][] = [
    ["read ECONNRESET", {}, /rediss:\/\/ is TLS/],
    ["write EPIPE", {}, /rediss:\/\/ is TLS/],
    ["read ECONNRESET", { hasAnswered: true }, undefined],
    ["read ECONNRESET", { isTls: true }, undefined],
    ["self-signed certificate", { isTls: true }, /^name the certificate authority with/],
    ["self-signed certificate", { isTls: true, hasAuthority: true }, /name that one$/],
    ["unable to verify the first certificate", { isTls: true, hasAuthority: true }, /name that one$/],
    ["certificate has expired", { isTls: true, hasAuthority: true }, undefined],
  ];
  for (const [said, more, remedy] of table) {
    const known = { ...plain, ...more };
    const text = withCircumstances(said, known);
    assert.equal(withCircumstances(text, known), text, "said once");
    const found = remedyOf(text);
    if (remedy === undefined) assert.deepEqual([found, text], [undefined, said]);
    else assert.match(found?.english ?? "", remedy, said);
  }
});

Deno.test("of a transaction that was given up the first refusal speaks", () => {
  const moved = new ReplyError("MOVED 1 a:1");
  const noPermission = new ReplyError("NOPERM no");
  const aborted = new ReplyError("EXECABORT Transaction discarded");
  assert.equal(replyAt(["OK", moved, moved, aborted], 3, 0), moved);
  assert.equal(replyAt(["OK", noPermission, "QUEUED", aborted], 3, 0), noPermission);
  assert.equal(replyAt(["OK", "QUEUED", "QUEUED", "done"], 3, 0), "done");
  assert.equal(replyAt(["OK", "QUEUED", "QUEUED", aborted], 3, 0), aborted);
});
