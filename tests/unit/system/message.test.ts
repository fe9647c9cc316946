/** What is sent to the service manager, and how often. */
import assert from "node:assert/strict";
import { formatMessage, watchdogEveryMs } from "../../../src/system/message.ts";

Deno.test("formatMessage() writes one assignment a line, in a fixed order", () => {
  assert.deepEqual(formatMessage({ status: "12 live", ready: true }), ["READY=1", "STATUS=12 live"]);
  assert.deepEqual(formatMessage({ reloading: true, monotonicUsec: 12.4 }), [
    "RELOADING=1",
    "MONOTONIC_USEC=12",
  ]);
  assert.deepEqual(formatMessage({ reloading: true, monotonicUsec: undefined }), ["RELOADING=1"]);
  assert.deepEqual(formatMessage({ stopping: true }), ["STOPPING=1"]);
  assert.deepEqual(formatMessage({ watchdog: true }), ["WATCHDOG=1"]);
  assert.deepEqual(formatMessage({ extendTimeoutUsec: 5e6 }), ["EXTEND_TIMEOUT_USEC=5000000"]);
});

Deno.test("formatMessage() lets no status bring an assignment of its own, nor a long one", () => {
  assert.deepEqual(formatMessage({ status: "away\nSTOPPING=1\r\n\x00x" }), ["STATUS=away STOPPING=1 x"]);
  assert.equal(formatMessage({ status: "x".repeat(9000) })[0]?.length, "STATUS=".length + 250);
});

Deno.test("watchdogEveryMs() is half of what the manager demands of this very process", () => {
  assert.equal(watchdogEveryMs({ WATCHDOG_USEC: "30000000" }, 7), 15_000);
  assert.equal(watchdogEveryMs({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" }, 7), 15_000);
  assert.equal(watchdogEveryMs({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "8" }, 7), undefined);
  for (const WATCHDOG_USEC of ["", "0", "-5", "x", "1e9", "99999999999999999"]) {
    assert.equal(watchdogEveryMs({ WATCHDOG_USEC }, 7), undefined, WATCHDOG_USEC);
  }
  assert.equal(watchdogEveryMs({}, 7), undefined);
});
