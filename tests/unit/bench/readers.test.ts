/** What the benchmark reads: of Redis, of /proc and of redis-benchmark. */
import assert from "node:assert/strict";
import { describeOverload } from "../../../scripts/bench/overload.ts";
import { parseCpuSeconds, parsePeakMegabytes } from "../../../scripts/bench/process.ts";
import { PushReader } from "../../../scripts/bench/push_reader.ts";
import { parsePerSecond } from "../../../scripts/bench/redis_benchmark.ts";
import { parseCounters } from "../../../scripts/bench/redis_counters.ts";
import { latencyOf } from "../../../scripts/bench/subscriber.ts";

Deno.test("messages of Redis are read however they are cut, and confirmations are none", () => {
  const push = (...items: string[]) =>
    `*${items.length}\r\n${
      items.map((item) => `$${new TextEncoder().encode(item).length}\r\n${item}\r\n`).join("")
    }`;
  const text = "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" + push("message", "a", "交\r\n1") +
    push("message", "a", "");
  const bytes = new TextEncoder().encode(text);
  for (let step = 1; step <= bytes.length; step++) {
    const reader = new PushReader();
    const read: string[] = [];
    for (let at = 0; at < bytes.length; at += step) read.push(...reader.take(bytes.subarray(at, at + step)));
    assert.deepEqual(read, ["交\r\n1", ""]);
  }
});

Deno.test("parseCounters() finds what Redis counted, and zero for what it never did", () => {
  const info = "# Stats\r\ntotal_commands_processed:12\r\ntotal_net_input_bytes:345\r\nused_cpu_sys:1.5\r\n" +
    "used_cpu_user:0.25\r\nused_cpu_sys_children:9\r\ncmdstat_publish:calls=7,usec=3\r\n";
  assert.deepEqual(parseCounters(info), { publishes: 7, commands: 12, bytes: 345, cpuSeconds: 1.75 });
  assert.equal(parseCounters("").publishes, 0);
});

Deno.test("the cost of a process is read whatever its name is", () => {
  const stat = `42 (a (b) c) S ${Array.from({ length: 10 }, () => "1").join(" ")} 150 50 0 0`;
  assert.equal(parseCpuSeconds(stat), 2);
  assert.equal(parsePeakMegabytes("VmPeak:\t 9 kB\nVmHWM:\t  2048 kB\n"), 2);
});

Deno.test("parsePerSecond() takes the last line, and says what else was printed", () => {
  assert.equal(parsePerSecond('"test","rps"\n"HSET","123.5","1"\n'), 123.5);
  assert.throws(() => parsePerSecond(""), /redis-benchmark printed: nothing/);
});

Deno.test("latencyOf() gives percentiles of samples in any order", () => {
  const samples = Array.from({ length: 1000 }, (_, i) => 1000 - i);
  assert.deepEqual(latencyOf(samples), { p50: 500, p99: 990, p999: 999, samples: 1000 });
  assert.deepEqual(latencyOf([3]), { p50: 3, p99: 3, p999: 3, samples: 1 });
  assert.equal(latencyOf([]), undefined);
});

Deno.test("describeOverload() says what did not go all the way, and nothing where all did", () => {
  assert.equal(describeOverload({ messages: 10 }), "");
  assert.equal(
    describeOverload({ messages: 200, replaced: 50, skipped: 100, dropped: 3000, gaps: 2 }),
    "0.25 row writes a message replaced while waiting, 50.0 % of messages replaced unread, " +
      "3,000 publishes dropped, 2 books broke",
  );
});
