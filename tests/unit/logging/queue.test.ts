/** Lines of the log on their way to a reader that is slow, broken or stuck. */
import assert from "node:assert/strict";
import { createLogQueue } from "../../../src/logging/queue.ts";

const lostLine = (count: number) => `${count} lost\n`;

/** A reader that takes at most so many bytes at once, and fails while `fault` is set. */
function createReader(most = Infinity) {
  const reader = {
    text: "",
    fault: undefined as Error | undefined,
    write(bytes: Uint8Array): Promise<number> {
      if (reader.fault !== undefined) return Promise.reject(reader.fault);
      const part = bytes.subarray(0, most);
      reader.text += new TextDecoder().decode(part);
      return Promise.resolve(part.length);
    },
  };
  return reader;
}

Deno.test("createLogQueue() writes lines in order, also through a reader that takes little at once", async () => {
  const reader = createReader(3);
  const queue = createLogQueue(reader, { lostLine });
  for (let i = 0; i < 100; i++) queue.add(`line ${i}\n`);
  await queue.flush(5000);
  assert.equal(reader.text, Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(""));
});

Deno.test("createLogQueue() goes on after a failure and says how many lines it cost", async () => {
  const reader = createReader();
  const queue = createLogQueue(reader, { lostLine });
  reader.fault = new Error("No space left on device");
  for (let i = 0; i < 3; i++) {
    queue.add(`early ${i}\n`);
    await queue.flush(5000);
  }
  reader.fault = undefined;
  queue.add("late 0\n");
  await queue.flush(5000);
  queue.add("late 1\n");
  await queue.flush(5000);
  assert.equal(reader.text, "3 lost\nlate 0\nlate 1\n");
});

Deno.test("createLogQueue() keeps no more than its bound for a reader that is stuck", async () => {
  const stuck = Promise.withResolvers<void>();
  const reader = createReader();
  let asked = 0;
  const out = {
    async write(bytes: Uint8Array) {
      asked += bytes.length;
      await stuck.promise;
      return reader.write(bytes);
    },
  };
  const queue = createLogQueue(out, { lostLine, maxWaiting: 50 });
  for (let i = 0; i < 1000; i++) queue.add("0123456789\n");
  const start = performance.now();
  await queue.flush(20);
  assert.ok(performance.now() - start < 30_000, "flush does not wait for a reader that is stuck");
  assert.ok(asked <= 11, `${asked} bytes were handed on`);
  stuck.resolve();
  await queue.flush(5000);
  const lines = reader.text.split("\n").filter((line) => line === "0123456789").length;
  const lost = Number(/^(\d+) lost$/m.exec(reader.text)?.[1]);
  assert.equal(lines + lost, 1000);
  assert.ok(lines <= 6, `${lines} lines were kept`);
});
