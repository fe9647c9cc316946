/** Recorded frames as writes, against the writes that are stored beside them. */
import assert from "node:assert/strict";
import type { DataFrame, Frame } from "../../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../../src/okx/topic.ts";
import { decodeV5 } from "../../../../src/okx/v5.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { testWith } from "../../../support/needs.ts";
import { AT, only, published } from "./events.ts";

const P = "okex/test";
const FIXTURES = new URL("../../../fixtures/v5/", import.meta.url);
const CAPTURES = new URL("../../../../shared/captures/", import.meta.url);

/** One line of a fixture: what came, and what has to be written and published because of it. */
type Recorded = { readonly frame: unknown; readonly path?: string; readonly writes: readonly unknown[] };

function namesOf(directory: URL, pattern: RegExp): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) => pattern.test(name))
      .sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

function linesOf(directory: URL, name: string): string[] {
  return Deno.readTextFileSync(new URL(name, directory)).split("\n").filter((line) => line !== "");
}

/** The topic that a recorded push belongs to. Old recordings say `uly`; some samples leave out an argument. */
function topicOfFrame(frame: DataFrame): Topic | undefined {
  const { uly, uid: _, ...rest } = frame.arg as Record<string, unknown>;
  const arg = uly === undefined ? rest : { ...rest, instFamily: uly };
  const { instType = "EVENTS", instId } = (frame.rows[0] ?? {}) as Record<string, unknown>;
  const topic = [arg, { ...arg, instId }, { ...arg, instType }].map(parseTopic).find(({ kind }) =>
    kind === "topic"
  );
  return topic?.kind === "topic" ? topic : undefined;
}

function project(topic: Topic, frame: DataFrame): Write[] {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 1000 });
  return projector.project({ kind: "rows", topics: [topic], frame, at: AT });
}

/** Writes as a fixture has them: what can be read off the frame alone. */
function shown(writes: readonly Write[]): unknown[] {
  return writes.map((write) => {
    if (write.kind === "append") return { kind: write.kind, key: write.key, row: write.row };
    return write.kind === "publish"
      ? { kind: write.kind, channel: write.channel, message: write.message }
      : write;
  });
}

Deno.test("every fixture is decoded and projected to the writes beside it", async (t) => {
  const names = namesOf(FIXTURES, /\.jsonl$/);
  assert.ok(names.length > 0);
  for (const name of names) {
    await t.step(name, () => {
      for (const line of linesOf(FIXTURES, name)) {
        const { frame: sent, path, writes } = JSON.parse(line) as Recorded;
        const frame = decodeV5(typeof sent === "string" ? sent : JSON.stringify(sent));
        if (frame.kind !== "data") {
          assert.deepEqual(writes, []);
          continue;
        }
        const topic = path === undefined ? topicOfFrame(frame) : parseTopic(path);
        assert.ok(topic?.kind === "topic", line);
        assert.deepEqual(JSON.parse(JSON.stringify(shown(project(topic, frame)))), writes);
      }
    });
  }
});

testWith(["recordings"], "every recorded v5 frame is decoded to a known kind", async (t) => {
  for (const name of namesOf(CAPTURES, /^v5\..*\.jsonl$/).filter((each) => !each.includes(".requests."))) {
    await t.step(name, () => {
      const expected: Frame["kind"][] = ["ack", "error", "login", "notice"];
      if (!name.includes(".events.")) expected.push("data");
      for (const line of linesOf(CAPTURES, name)) {
        const frame = decodeV5(line);
        assert.ok(expected.includes(frame.kind), `${frame.kind}: ${line.slice(0, 200)}`);
      }
    });
  }
});

testWith(
  ["recordings"],
  "every recorded or documented v5 push is written with its key and its fields",
  async (t) => {
    const names = namesOf(CAPTURES, /^(v5|doc\.v5)\..*\.jsonl$/)
      .filter((name) => !/\.(events|requests|liquidations)\./.test(name));
    for (const name of names) {
      await t.step(name, () => {
        for (const line of linesOf(CAPTURES, name)) {
          const frame = decodeV5(line);
          if (frame.kind === "data") checkPush(frame, line);
        }
      });
    }
  },
);

/** What holds for a push of any channel. */
function checkPush(frame: DataFrame, line: string): void {
  const topic = topicOfFrame(frame);
  assert.ok(topic !== undefined, `no topic: ${line.slice(0, 200)}`);
  if (topic.storage === "book") return;
  const writes = project(topic, frame);
  const reported = published(writes);
  // The whole message goes out as it came, on the channel of its name.
  const table = topic.table === "status" ? "system/status" : topic.table;
  assert.ok(reported.some(([channel, message]) => channel === `${P}/${table}` && message === line), line);
  const rows = only(writes, "row");
  const sources = frame.rows as readonly Record<string, unknown>[];
  for (const { key } of [...rows, ...only(writes, "append")]) {
    assert.ok(key.startsWith(`${P}/`), key);
    assert.match(key, /^[!-~]+$/);
  }
  switch (topic.storage) {
    case "latest":
      assert.ok(rows.length >= sources.length, line);
      for (const [i, source] of sources.entries()) {
        const ids = topic.key.map((name) => source[name]).filter((id) => id !== undefined && id !== "");
        const key = ids.length === 0 ? `${P}/${topic.path}` : `${P}/${topic.table}:${ids.join(":")}`;
        // Natural keys are ASCII in every recording but where a title is one.
        if (/^[!-~]+$/.test(key)) assert.ok(rows.some((write) => write.key === key), `${key}: ${line}`);
        if (sources.length === 1 && rows.length === 1) assert.deepEqual({ ...rows[i]?.row }, { ...source });
      }
      break;
    case "events": {
      const appended = only(writes, "append");
      assert.deepEqual(appended.map(({ row }) => row), sources);
      assert.ok(appended.every(({ key }) => key === `${P}/${topic.path}`));
      break;
    }
    case "bookSnapshot":
      assert.deepEqual(
        rows.map(({ key, row }) => [key, row]),
        sources.map((row) => {
          return [`${P}/${topic.path}`, { ...row, state: "live" }];
        }),
      );
      break;
    case "candle": {
      const cells = frame.rows as readonly (readonly string[])[];
      assert.deepEqual(
        rows.map(({ key, row }) => [key, Object.values(row)]),
        cells.map((each) => {
          return [`${P}/${topic.path}/${each[0]}`, [...each]];
        }),
      );
      assert.deepEqual(
        only(writes, "score").map(({ score }) => score),
        cells.map(([ts]) => Number(ts) / 1000),
      );
      break;
    }
    case "instruments":
      assert.deepEqual(
        only(writes, "member").map(({ member }) => member),
        sources.map(({ instId }) => instId),
      );
      assert.deepEqual(rows.map(({ row }) => row), sources);
      break;
    default:
      assert.ok(rows.length > 0 || sources.length === 0, line);
  }
}
