/** What a server says of its place. */
import assert from "node:assert/strict";
import { roleOf } from "../../../../src/store/redis/sentinel/role_check.ts";

const REPLICA = "ip=127.0.0.1,port=1,state=online,offset=1";

Deno.test("a master counts the replicas that have confirmed something lately", () => {
  const lines = [
    "# Replication",
    "role:master",
    "connected_slaves:3",
    `slave0:${REPLICA},lag=0`,
    `slave1:${REPLICA},lag=11`,
    "slave2:ip=127.0.0.1,port=2,state=wait_bgsave,offset=0,lag=0",
  ];
  assert.deepEqual(roleOf(lines.join("\r\n")), { isReplica: false, replicas: 1 });
  assert.deepEqual(roleOf("role:slave\r\nmaster_link_status:up"), { isReplica: true, replicas: 0 });
  assert.equal(roleOf("redis_version:7.0.15"), undefined);
});
