/** Which server is the master where sentinels do not agree. */
import assert from "node:assert/strict";
import {
  type Elected,
  electMaster,
  isNamedByMost,
  type SentinelAnswer,
} from "../../../../src/store/redis/sentinel/election.ts";

const [A, B] = [{ host: "10.0.0.1", port: 6379 }, { host: "10.0.0.2", port: 6379 }];

function says(master: SentinelAnswer["master"], epoch?: number): SentinelAnswer {
  return { master, epoch, peers: [], alive: 1 };
}

function elect(answers: readonly SentinelAnswer[], last?: Elected): Elected | undefined {
  return electMaster(answers, last, (votes) => votes >= 2);
}

Deno.test("the newest configuration wins over those that are behind, however many", () => {
  assert.deepEqual(elect([says(A, 3), says(B, 4), says(A, 3)]), { address: B, epoch: 4, votes: 1 });
  assert.deepEqual(elect([says(A, 4), says(B, 4), says(B, 4)]), { address: B, epoch: 4, votes: 2 });
});

Deno.test("sentinels that do not know the name, or may not say the epoch, count less", () => {
  assert.deepEqual(elect([says(undefined), says(B, 1)])?.address, B);
  assert.deepEqual(elect([says(A), says(A), says(B, 0)])?.address, B);
  assert.deepEqual(elect([says(A), says(B), says(B)])?.address, B);
  assert.equal(elect([says(undefined, 7)]), undefined);
  assert.equal(elect([]), undefined);
});

Deno.test("one sentinel that is behind does not lead back, most of them do", () => {
  const last = { address: B, epoch: 5, votes: 3 };
  assert.equal(elect([says(A, 4)], last), last);
  // The sentinels were set up again.
  assert.deepEqual(elect([says(A, 0), says(A, 0)], last), { address: A, epoch: 0, votes: 2 });
  assert.deepEqual(elect([says(A, 6)], last)?.address, A);
});

Deno.test("of two names of one epoch the one that is followed stays", () => {
  const last = { address: B, epoch: 5, votes: 1 };
  assert.deepEqual(elect([says(A, 5), says(B, 5)], last)?.address, B);
  assert.deepEqual(elect([says(A, 5), says(B, 5)])?.address, A);
});

Deno.test("most of all sentinels agree, or do not", () => {
  assert.ok(isNamedByMost({ address: A, epoch: 1, votes: 2 }, 3));
  assert.ok(!isNamedByMost({ address: A, epoch: 1, votes: 1 }, 2));
  assert.ok(isNamedByMost({ address: A, epoch: 1, votes: 1 }, 1));
});
