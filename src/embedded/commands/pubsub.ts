/** Publish and subscribe. A subscription answers once a channel, as a push where the protocol knows pushes. */
import {
  arg,
  arityError,
  type Call,
  type Command,
  commandContainer,
  CommandFault,
  commandGroup,
} from "./command.ts";
import type { RespValue } from "../resp.ts";

export const pubsubCommands: Command[] = [
  ...commandGroup("pubsub", [
    ["publish", 3, "pubsub fast", (call) => call.engine.pubsub.publish(arg(call, 1), arg(call, 2))],
    ["subscribe", -2, "pubsub", (call) => each(call, "subscribe", call.args.slice(1))],
    ["psubscribe", -2, "pubsub", (call) => each(call, "psubscribe", call.args.slice(1))],
    ["unsubscribe", -1, "pubsub", (call) => leave(call, "unsubscribe", call.client.channels)],
    ["punsubscribe", -1, "pubsub", (call) => leave(call, "punsubscribe", call.client.patterns)],
  ]),
  commandContainer("pubsub", "pubsub", [
    ["channels", -2, "pubsub", channels],
    [
      "numsub",
      -2,
      "pubsub",
      (call) => call.args.slice(2).flatMap((name) => [name, call.engine.pubsub.listeners(name)]),
    ],
    ["numpat", 2, "pubsub", (call) => call.engine.pubsub.patternCount],
  ]),
];

type Action = "subscribe" | "psubscribe" | "unsubscribe" | "punsubscribe";

function each(call: Call, action: Action, names: readonly string[]): RespValue {
  return {
    kind: "sequence",
    items: names.map((name) => {
      apply(call, action, name);
      return { kind: "push", items: [action, name, call.client.subscriptions] };
    }),
  };
}

function apply(call: Call, action: Action, name: string): void {
  const { engine: { pubsub }, client } = call;
  const isPattern = action === "psubscribe" || action === "punsubscribe";
  const isSubscribed = (isPattern ? client.patterns : client.channels).has(name);
  if (action === "subscribe" || action === "psubscribe") {
    if (isSubscribed) return;
    if ((isPattern && client.hasAllPatterns) || !client.holdName(name)) {
      throw new CommandFault("ERR too many subscriptions of one client");
    }
    if (isPattern) pubsub.subscribePattern(client, name);
    else pubsub.subscribe(client, name);
  } else if (isSubscribed) {
    client.releaseName(name);
    if (isPattern) pubsub.unsubscribePattern(client, name);
    else pubsub.unsubscribe(client, name);
  }
}

/** Leaves the named ones, or all; with nothing to leave there is still one answer. */
function leave(call: Call, action: Action, current: ReadonlySet<string>): RespValue {
  const names = call.args.length > 1 ? call.args.slice(1) : [...current];
  if (names.length > 0) return each(call, action, names);
  return { kind: "push", items: [action, null, call.client.subscriptions] };
}

function channels(call: Call): RespValue {
  if (call.args.length > 3) throw new CommandFault(arityError("pubsub|channels"));
  return call.engine.pubsub.activeChannels(call.args[2]);
}
