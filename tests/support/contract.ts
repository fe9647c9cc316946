/** Values against docs/reference/schemas.json, messages against asyncapi.yaml, and which definition is whose. */
import assert from "node:assert/strict";
import { Ajv } from "ajv";
import { asyncapi } from "../../scripts/contract/asyncapi.ts";
import { schemas } from "../../scripts/contract/main.ts";
import { channelNames, findChannel } from "../../src/okx/channels.ts";
import { legacyTables } from "../../src/okx/v3/legacy_channels.ts";

const contract = schemas();
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(contract, "contract");

/** What is wrong with a value; undefined: it is as its definition says. */
export function faultOf(name: string, value: unknown): string | undefined {
  const validate = ajv.getSchema(`contract#/definitions/${name}`);
  assert.ok(validate !== undefined, `there is no definition ${name}`);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** What was looked at, by definition, and what is not as it should be. */
export class Seen {
  readonly names = new Set<string>();
  readonly faults = new Set<string>();

  check(name: string, value: unknown, where: string): void {
    this.names.add(name);
    const fault = faultOf(name, value);
    if (fault !== undefined) this.faults.add(`${where} is no ${name}: ${fault}`);
  }
}

/** What is before the names of a server. */
export const PREFIX = "okex/test/";
/** Every table that there is. */
export const TABLES = new Set([...channelNames(), ...legacyTables()]);

/** The table of a key below the prefix of a server. */
export function tableOf(name: string): string {
  const table = name.split(":")[0] as string;
  return TABLES.has(table) ? table : table.replace(/\/[^/]*$/, "");
}

/** Whether it has a currency or position of an account. */
export function isAccountPart(name: string): boolean {
  return findChannel(tableOf(name))?.storage === "balances" && name.includes(":");
}

const { channels, components } = asyncapi((name) => ({ name })) as {
  readonly channels: Readonly<
    Record<string, {
      readonly address: string;
      readonly messages: Readonly<Record<string, unknown>>;
      readonly parameters: Readonly<Record<string, { readonly $ref: string }>>;
    }>
  >;
  readonly components: {
    readonly parameters: Readonly<Record<string, { readonly default?: string; readonly enum?: string[] }>>;
  };
};

/** What asyncapi.yaml says of the channels of a service with the defaults. */
const CHANNELS = Object.entries(channels).map(([name, { address, messages, parameters }]) => ({
  name,
  messages: Object.keys(messages),
  pattern: new RegExp(`^${
    address.replace(/\{(\w+)\}|[^{}]+/g, (plain, parameter?: string) => {
      if (parameter === undefined) return plain;
      const { $ref = "" } = parameters[parameter] ?? {};
      const of = components.parameters[$ref.replace("#/components/parameters/", "")];
      assert.ok(of !== undefined, `${address} has no ${parameter}`);
      return `(${(of.enum ?? [of.default ?? "[^/]+"]).join("|")})`;
    })
  }$`),
}));

/** A channel of asyncapi.yaml and which of its messages a message is, or what is wrong with it. */
export type MessageCheck = { readonly name?: string; readonly message?: string; readonly fault?: string };

/** Compares a message with the one address of asyncapi.yaml that fits its channel. */
export function messageFaultOf(channel: string, text: string): MessageCheck {
  const [found, ...others] = CHANNELS.filter(({ pattern }) => pattern.test(channel));
  if (found === undefined) return { fault: `${channel} has no address` };
  if (others.length > 0) {
    return { fault: `${channel} is of ${[found, ...others].map(({ name }) => name).join(", ")}` };
  }
  const value = found.messages.some((message) => WORDS.has(message)) ? text : JSON.parse(text);
  const faults = found.messages.map((message) => ({ message, fault: faultOf(message, value) }));
  const fitting = faults.find(({ fault }) => fault === undefined);
  if (fitting !== undefined) return { name: found.name, message: fitting.message };
  return {
    name: found.name,
    fault: `${channel} has ${text.slice(0, 200)}, which is no ${
      faults.map(({ message, fault }) => `${message} (${fault})`).join(", nor ")
    }`,
  };
}

/** Messages that are a word, and no JSON. */
const WORDS = new Set(["ConnectionStatus", "Announcement"]);
