/** Whether what is published is received, beat by beat. */
import assert from "node:assert/strict";
import { SubscriberHeartbeat } from "../../../../src/store/redis/subscriber_heartbeat.ts";

function start(publish: (text: string) => Promise<boolean>) {
  const sent: string[] = [];
  let deaf = 0;
  const heartbeat = new SubscriberHeartbeat({
    publish: (text) => {
      sent.push(text);
      return publish(text);
    },
    onDeaf: () => deaf += 1,
  });
  /** One beat, and what follows from it at once. */
  const beat = async () => {
    heartbeat.beat();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { heartbeat, sent, beat, deaf: () => deaf };
}

Deno.test("a listener that receives its own messages is never given up", async () => {
  const { heartbeat, sent, beat, deaf } = start(() => Promise.resolve(true));
  for (let i = 0; i < 10; i++) {
    await beat();
    heartbeat.onMessage(sent.at(-1) as string);
  }
  assert.equal(sent.length, 10);
  assert.equal(deaf(), 0);
});

Deno.test("one message may be missed, with the second one the listener is deaf, and then it begins again", async () => {
  const { heartbeat, sent, beat, deaf } = start(() => Promise.resolve(true));
  await beat();
  await beat();
  assert.equal(deaf(), 0);
  heartbeat.onMessage(sent.at(-1) as string);
  await beat();
  await beat();
  assert.equal(deaf(), 0);
  await beat();
  assert.equal(deaf(), 1);
  await beat();
  await beat();
  assert.equal(deaf(), 1);
});

Deno.test("what Redis did not take says nothing of what is received", async () => {
  const { beat, deaf } = start(() => Promise.resolve(false));
  for (let i = 0; i < 10; i++) await beat();
  assert.equal(deaf(), 0);
});

Deno.test("while a message is being published no other is, and none is missed", async () => {
  const { sent, beat, deaf } = start(() => new Promise(() => {}));
  for (let i = 0; i < 10; i++) await beat();
  assert.equal(sent.length, 1);
  assert.equal(deaf(), 0);
});

Deno.test("an account that may not publish proves nothing, and is left alone", async () => {
  const { heartbeat, beat, deaf } = start(() => Promise.reject(new Error("NOPERM")));
  heartbeat.start();
  await beat();
  assert.equal(heartbeat.isRunning, false);
  assert.equal(deaf(), 0);
});
