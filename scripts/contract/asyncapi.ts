/** `asyncapi.yaml`: what is published on channels of Redis, and what is taken there. */
import { VERSION } from "../../src/shared/version.ts";
import { OPS } from "../../src/shared/ops.ts";
import { findChannel } from "../../src/okx/channels.ts";
import { rowName, tables } from "./rows.ts";
import type { Schema } from "./schema.ts";

type Channel = {
  readonly address: string;
  readonly description: string;
  readonly messages: readonly string[];
  readonly action: "send" | "receive";
};

/** Those of okws' own; `P` is `{prefix}/{server}`. */
const CHANNELS: Readonly<Record<string, Channel>> = {
  commands: {
    address: "{listenChannel}",
    description: `Commands: ${OPS.join(", ")}`,
    messages: ["Command"],
    action: "receive",
  },
  replies: {
    address: "{infoKey}/{id}",
    description: "The reply to the command of that id; also a key of the same name",
    messages: ["Reply"],
    action: "send",
  },
  repliesWithoutId: {
    address: "{infoKey}",
    description: "The reply to a command that has no id, or cannot be read",
    messages: ["Reply"],
    action: "send",
  },
  announcements: {
    address: "{announceChannel}",
    description: "The service starts, or stops",
    messages: ["Announcement"],
    action: "send",
  },
  takeovers: {
    address: "{prefix}/leader",
    description: "A request to the service that writes to hand over",
    messages: ["Takeover"],
    action: "receive",
  },
  status: {
    address: "{prefix}/{server}/status",
    description: "The status of a server, when it changes, and once a second while data comes",
    messages: ["ConnectionStatus"],
    action: "send",
  },
  events: {
    address: "{prefix}/{server}/event",
    description: "States of a server, and messages of the exchange other than data",
    messages: ["Event"],
    action: "send",
  },
  gaps: {
    address: "{prefix}/{server}/gaps",
    description: "Each record of a gap",
    messages: ["GapMessage"],
    action: "send",
  },
};

const PARAMETERS: Readonly<Record<string, Schema>> = {
  prefix: { description: "KEY_PREFIX", default: "okex" },
  server: { description: "The name of an entry of servers; in a cluster in braces" },
  listenChannel: { description: "LISTEN_CHANNEL", default: "trade-ws" },
  infoKey: { description: "REDIS_INFO_KEY", default: "trade-ws/info" },
  announceChannel: { description: "OKWS_INFO", default: "okws/info" },
  id: { description: "The id of the command" },
  key: { description: "What makes a row unique within its table, as an instrument" },
};

/** The document; `at` gives the place of a definition. */
export function asyncapi(at: (name: string) => Schema): Schema {
  const all: Record<string, Channel> = { ...CHANNELS };
  for (const table of tables()) {
    const [row, name] = [rowName(table, "Message"), rowName(table, "Message").slice("Message.".length)];
    const isAccount = findChannel(table)?.storage === "balances";
    const address = row.endsWith("candle") ? `${table}:{key}/{time}` : `${table}:{key}`;
    all[`rows.${name}`] = {
      address: `{prefix}/{server}/${address}`,
      description: `Each row of ${table}, on its own key`,
      messages: [isAccount ? "AccountPartMessage" : row],
      action: "send",
    };
    // Rows without a key of their own, and whole messages, which are those with `data`.
    if (row.endsWith("candle")) {
      all[`finals.${name}`] = {
        address: `{prefix}/{server}/${table}:{key}`,
        description: `Each bar of ${table} that is final`,
        messages: ["CandleFinal"],
        action: "send",
      };
    }
    all[`pushes.${name}`] = {
      address: `{prefix}/{server}/${table}`,
      description: `Each whole message of ${table}`,
      messages: [table.includes("/") ? "LegacyPush" : "Push", ...(hasOwnKey(table) ? [] : [row])],
      action: "send",
    };
  }
  const used = [...new Set(Object.values(all).flatMap(({ messages }) => messages))];
  return {
    asyncapi: "3.0.0",
    info: {
      title: "okws",
      version: VERSION,
      description: "Channels of Redis: rows of the exchange, states, commands and replies.",
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: { redis: { host: "127.0.0.1:6379", protocol: "redis", description: "REDIS_URL" } },
    channels: mapped(all, ({ address, description, messages }) => ({
      address,
      description,
      messages: Object.fromEntries(
        messages.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
      ),
      parameters: parametersOf(address),
    })),
    operations: mapped(all, ({ action }, name) => ({
      action,
      channel: { $ref: `#/channels/${name}` },
      ...(name === "commands" ? { reply: { channel: { $ref: "#/channels/replies" } } } : {}),
    })),
    components: {
      messages: Object.fromEntries(used.map((name) => [name, { name, payload: at(name) }])),
    },
  };
}

/** Whether every path of a table has an argument, so that no row is published under the table's own name. */
function hasOwnKey(table: string): boolean {
  const args = findChannel(table)?.args ?? [""];
  return args.some((arg) => !arg.endsWith("?"));
}

function parametersOf(address: string): Schema {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  return Object.fromEntries(
    names.map((
      name,
    ) => [name, PARAMETERS[name] ?? { description: "The opening time of the bar, as its row has it" }]),
  );
}

function mapped(
  channels: Readonly<Record<string, Channel>>,
  render: (channel: Channel, name: string) => Schema,
): Schema {
  return Object.fromEntries(Object.entries(channels).map(([name, channel]) => [name, render(channel, name)]));
}
