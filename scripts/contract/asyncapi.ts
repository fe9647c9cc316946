/** `asyncapi.yaml`: what is published on channels of Redis, and what is taken there. */
import { VERSION } from "../../src/shared/version.ts";
import { OPS } from "../../src/shared/ops.ts";
import { findChannel } from "../../src/okx/channels.ts";
import { findLegacy } from "../../src/okx/v3/legacy_channels.ts";
import { createKeys } from "../../src/store/layout/keys.ts";
import { barsOf, familyOf, rowName, tables, templateOf } from "./rows.ts";
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
  shardOrders: {
    address: "{prefix}/leader/{shard}",
    description: "The same to one shard, which also takes here what commands ask of all",
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
  shard: { description: "Its number and how many there are, as 2-3" },
  listenChannel: { description: "LISTEN_CHANNEL", default: "trade-ws" },
  infoKey: { description: "REDIS_INFO_KEY", default: "trade-ws/info" },
  announceChannel: { description: "OKWS_INFO", default: "okws/info" },
  id: { description: "The id of the command" },
  key: { description: "What makes a row unique within its table, as an instrument" },
  member: {
    description: "The id of the row; <id>@<instrument> where another instrument has a row of that id",
  },
  time: { description: "The opening time of the bar, as its row has it" },
};

/** The document; `at` gives the place of a definition. */
export function asyncapi(at: (name: string) => Schema): Schema {
  const all = channels();
  const bars = Object.fromEntries(
    tables().filter((table) => barsOf(table).length > 0).map((table) => [
      `bar.${suffixOf(table)}`,
      { description: "The length of a bar", enum: barsOf(table) },
    ]),
  );
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
    channels: mapped(all, ({ address, description, messages }, name) => ({
      address,
      description,
      messages: Object.fromEntries(
        messages.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
      ),
      parameters: parametersOf(address, name),
    })),
    operations: mapped(all, ({ action }, name) => ({
      action,
      channel: { $ref: `#/channels/${name}` },
      ...(name === "commands" ? { reply: { channel: { $ref: "#/channels/replies" } } } : {}),
    })),
    components: {
      messages: Object.fromEntries(used.map((name) => [name, { name, payload: at(name) }])),
      parameters: { ...PARAMETERS, ...bars },
    },
  };
}

/** All channels by name. What is published under one address is one channel. */
function channels(): Record<string, Channel> {
  const all: Record<string, Channel> = { ...CHANNELS };
  const names = new Map<string, string>();
  for (const [name, channel] of tables().flatMap(channelsOf)) {
    const known = names.get(channel.address);
    if (known === undefined) {
      names.set(channel.address, name);
      all[name] = channel;
    } else {
      const other = all[known] as Channel;
      all[known] = { ...other, messages: [...new Set([...other.messages, ...channel.messages])] };
    }
  }
  return all;
}

/** Those of the rows of a table, of which one stands for all bars, and of its whole messages. */
function channelsOf(table: string): [string, Channel][] {
  const row = rowName(table, "Message");
  const suffix = suffixOf(table);
  const spec = findChannel(table);
  const isBars = barsOf(table).length > 0;
  const name = isBars ? templateOf(table) : table;
  const about = isBars ? `${familyOf(table)} of each bar` : table;
  const send = (address: string, description: string, ...messages: string[]): Channel => ({
    ...{ address, description, messages, action: "send" },
  });
  const whole = send(
    KEYS.table(name),
    `Each whole message of ${about}`,
    ...[spec === undefined ? "LegacyPush" : "Push", ...(hasOwnKey(table) ? [] : [row])],
  );
  if (isBars) {
    const index = KEYS.path(`${name}:{key}`);
    return [
      [`rows.${suffix}`, send(KEYS.indexed(index, "{time}"), `Each row of ${about}, on its own key`, row)],
      [`finals.${suffix}`, send(index, `Each bar of ${about} that is final`, "CandleFinal")],
      [`pushes.${suffix}`, whole],
    ];
  }
  const address = findLegacy(table)?.storage === "trades"
    ? KEYS.indexed(KEYS.path(table), "{member}")
    : KEYS.row(table, "{key}");
  const message = spec?.storage === "balances" ? "AccountPartMessage" : row;
  const isKeyed = spec === undefined || spec.args.length > 0 || spec.key.length > 0;
  return [
    ...(isKeyed
      ? [
        [`rows.${suffix}`, send(address, `Each row of ${about}, on its own key`, message)] as [
          string,
          Channel,
        ],
      ]
      : []),
    [`pushes.${suffix}`, whole],
  ];
}

const KEYS = createKeys("{prefix}", "{server}");

/** The name of a table's rows behind the dot. */
function suffixOf(table: string): string {
  return rowName(table, "Message").slice("Message.".length);
}

/** Whether every path of a table has an argument, so that no row is published under the table's own name. */
function hasOwnKey(table: string): boolean {
  const args = findChannel(table)?.args ?? [""];
  return args.some((arg) => !arg.endsWith("?"));
}

/** The parameters of an address; which bars there are depends on the channel. */
function parametersOf(address: string, channel: string): Schema {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  return Object.fromEntries(names.map((name) => {
    const which = name === "bar" ? `bar.${channel.slice(channel.indexOf(".") + 1)}` : name;
    return [name, { $ref: `#/components/parameters/${which}` }];
  }));
}

function mapped(
  channels: Readonly<Record<string, Channel>>,
  render: (channel: Channel, name: string) => Schema,
): Schema {
  return Object.fromEntries(Object.entries(channels).map(([name, channel]) => [name, render(channel, name)]));
}
