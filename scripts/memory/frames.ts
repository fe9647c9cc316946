/** Frames of the simulated exchange, over its real socket: the first with rows for each path. */
import type { Mock } from "../../src/mock/server.ts";
import { CODECS } from "../../src/okx/codec.ts";
import type { DataFrame, Frame, Row } from "../../src/okx/frame.ts";
import { createSigner } from "../../src/okx/sign.ts";
import { type Topic, topicKey } from "../../src/okx/topic.ts";
import { topicOf } from "../../tests/support/topics.ts";

/** Longest wait for all of them. */
const DEADLINE_MS = 20_000;

const LOGIN = { apiKey: "demo-key", secret: "demo-secret", passphrase: "demo-pass" };

/** Rejects when one does not come in time. */
export async function collectFrames(mock: Mock, paths: readonly string[]): Promise<Map<string, DataFrame>> {
  const topics = [...new Set(paths)].map(topicOf);
  const found = new Map<string, DataFrame>();
  // What is only ever pushed when it changes is asked of the REST.
  for (const topic of topics.filter(({ storage }) => storage === "instruments")) {
    const { channel, instType } = topic.arg;
    const response = await fetch(`${mock.restUrl}/api/v5/public/${channel}?instType=${instType}`);
    const { data } = await response.json() as { data: Row[] };
    found.set(topic.path, { kind: "data", arg: topic.arg, rows: data, action: "list", text: "" });
  }
  const pushed = topics.filter(({ path }) => !found.has(path));
  const groups = Map.groupBy(pushed, ({ endpoint }) => endpoint);
  await Promise.all([...groups].map(([endpoint, group]) => collect(mock, endpoint, group, found)));
  return found;
}

/** Listens on one endpoint until each of its topics has brought something. */
async function collect(
  mock: Mock,
  endpoint: Topic["endpoint"],
  topics: readonly Topic[],
  found: Map<string, DataFrame>,
): Promise<void> {
  const codec = CODECS.v5;
  const socket = new WebSocket(`${mock.url}/ws/v5/${endpoint}`);
  const complete = Promise.withResolvers<void>();
  const open = new Map(topics.map((topic) => [topicKey(topic.arg), topic]));
  const timer = setTimeout(
    () => complete.reject(new Error(`Not all came: ${[...open.keys()].join(", ")}`)),
    DEADLINE_MS,
  );
  const subscribe = () => {
    socket.send(codec.encodeRequest("subscribe", topics.map(({ arg }) => arg), "k1"));
    // Nothing is traded until somebody does.
    if (endpoint === "private") {
      for (const move of ["place", "fill", "place"]) {
        mock.command(`trade ${move}`);
      }
    }
  };
  socket.onopen = () => {
    if (endpoint !== "private") return subscribe();
    socket.send(codec.encodeLogin(createSigner(LOGIN)(Math.floor(Date.now() / 1000))));
  };
  socket.onmessage = ({ data }) => {
    for (const frame of codec.decode(data) as readonly Frame[]) {
      if (frame.kind === "login") subscribe();
      if (frame.kind !== "data" || frame.rows.length === 0) continue;
      const topic = [...open.values()].find(({ arg }) => arg.channel === frame.arg.channel);
      if (topic === undefined) continue;
      found.set(topic.path, frame);
      open.delete(topicKey(topic.arg));
      if (open.size === 0) complete.resolve();
    }
  };
  try {
    await complete.promise;
  } finally {
    clearTimeout(timer);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  }
}
