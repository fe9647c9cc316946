/** Topics of paths that are known to be right; an AssertionError where one is not. */
import assert from "node:assert/strict";
import { parseTopicOf, type Topic } from "../../src/okx/topic.ts";

/** The topic of a path or an argument of v5. */
export function topicOf(input: unknown): Topic {
  return parsed("v5", input);
}

/** The topic of a path over the old protocol. */
export function topicOfV3(path: string): Topic {
  return parsed("v3", path);
}

function parsed(protocol: "v5" | "v3", input: unknown): Topic {
  const topic = parseTopicOf(protocol, input);
  assert.equal(topic.kind, "topic", JSON.stringify(topic));
  return topic as Topic;
}
