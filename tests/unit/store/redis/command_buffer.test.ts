/** Commands as bytes: the same as the text form, whatever the parts have in them. */
import assert from "node:assert/strict";
import type { RedisCommand } from "../../../../src/store/redis/commands.ts";
import { CommandBuffer } from "../../../../src/store/redis/command_buffer.ts";
import { encodeCommand } from "../../../../src/store/redis/resp.ts";

function textOf(commands: readonly RedisCommand[]): string {
  return commands.map(encodeCommand).join("");
}

function bytesOf(buffer: CommandBuffer, commands: readonly RedisCommand[]): string {
  buffer.clear();
  for (const command of commands) buffer.add(command);
  assert.equal(buffer.count, commands.length);
  return new TextDecoder().decode(buffer.bytes);
}

Deno.test("parts of every length and alphabet are counted in bytes", () => {
  const buffer = new CommandBuffer();
  const lengths = [0, 1, 9, 10, 63, 64, 65, 99, 100, 999, 1000, 1023, 1024, 70_000];
  const parts = ["a", "é", "币", "😀"].flatMap((one) => lengths.map((length) => one.repeat(length)));
  const mixed = ["币a", `${"x".repeat(100)}é`, "a\r\n$5\r\n", '["1.10","2"]', "\u0000", "x".repeat(47) + "ß"];
  const commands: RedisCommand[] = [["PING"], ["HSET", "key", ...parts, ...mixed], [
    "PUBLISH",
    "channel",
    "",
  ]];
  assert.equal(bytesOf(buffer, commands), textOf(commands));
});

Deno.test("a buffer that is used again has nothing of before", () => {
  const buffer = new CommandBuffer();
  const long = "x".repeat(200_000);
  assert.equal(bytesOf(buffer, [["SET", "a", long]]), textOf([["SET", "a", long]]));
  assert.equal(bytesOf(buffer, [["GET", "b"]]), "*2\r\n$3\r\nGET\r\n$1\r\nb\r\n");
  assert.equal(bytesOf(buffer, []), "");
});

Deno.test("half a pair of characters becomes what UTF-8 has for it, of the length that is said", () => {
  const buffer = new CommandBuffer();
  buffer.add(["SET", "key", `a\ud800`]);
  const text = new TextDecoder().decode(buffer.bytes);
  assert.equal(text, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$4\r\na\ufffd\r\n");
});
