/** What the bar of the dashboard says of the role and the shard of the service. */
import assert from "node:assert/strict";
import type { LeaseStatus } from "../../../src/model/status.ts";
import { describeRole } from "../../../web/role.ts";
import { fillIn, type t } from "../../../web/texts.ts";

const en: typeof t = (key, ...[params]) => fillIn("en", key, params);
const zh: typeof t = (key, ...[params]) => fillIn("zh", key, params);
const LEASE: LeaseStatus = { role: "active", epoch: 4, ageMs: 400 };
const PLAIN = { lease: LEASE, shard: null, missingShards: [], standbys: 0 };

Deno.test("the bar names the role and the shard, and shards that nobody is", () => {
  const shards = { ...PLAIN, shard: "2/3", missingShards: ["1/3", "3/3"], standbys: 1 };
  assert.deepEqual(describeRole(shards, en), {
    role: "active · shard 2/3",
    details: "epoch 4 · lease confirmed 400 ms ago · 1 standby",
    missing: "nobody is shard 1/3, 3/3",
    trouble: "nobody is shard 1/3, 3/3",
  });
  assert.deepEqual(describeRole(shards, zh), {
    role: "写入中 · 分片 2/3",
    details: "epoch 4 · 租约 400 ms 前确认 · 待命 1",
    missing: "分片 1/3, 3/3 没有服务负责",
    trouble: "分片 1/3, 3/3 没有服务负责",
  });
});

Deno.test("the title says of a service that it does not write, and nothing of one that does", () => {
  assert.equal(describeRole(PLAIN, en).trouble, "");
  assert.equal(describeRole(PLAIN, en).role, "active");
  const standby = { ...PLAIN, lease: { role: "standby", epoch: 0, ageMs: null } as const, shard: "1/2" };
  assert.deepEqual(describeRole(standby, en), {
    role: "standby · shard 1/2",
    details: "",
    missing: "",
    trouble: "standby",
  });
});

Deno.test("a store of its own has no role", () => {
  const none = { role: "", details: "", missing: "", trouble: "" };
  assert.deepEqual(describeRole({ ...PLAIN, lease: null }, en), none);
});
