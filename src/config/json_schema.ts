/**
 * The JSON Schema of the configuration file, for editors. It is made from the schema that okws itself checks with, and
 * takes what the file may hold beside plain values: `${NAME}` for any text, and numbers that are written as texts.
 * What cannot be checked from one value alone (a server of that name, an instrument that exists) only `okws check` finds.
 */
import { SHARD_PATTERN } from "../shared/shard.ts";
import { z } from "zod";
import { channelNames } from "../okx/channels.ts";
import { EXCHANGE_NAMES } from "../okx/endpoints.ts";
import { legacyTables } from "../okx/v3/legacy_channels.ts";
import { MAX_PATH } from "../okx/path_text.ts";
import { v3Tables } from "../okx/v3/channels.ts";
import { serverSchema, settingsSchema, subscribeSchema } from "./shapes.ts";

type JsonSchema = { readonly [name: string]: unknown };

/** A text that holds a variable of the environment. */
const VARIABLE = { type: "string", pattern: "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}" };

/** Returns the JSON Schema of a configuration file, draft 7, which editors know best. */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Configuration of okws",
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      settings: { ...orNothing(settings()), description: "What holds for the whole service" },
      servers: { ...listOf(server()), description: "Named connections to an exchange" },
      subscribes: { ...listOf(subscription()), description: "What is subscribed from the start" },
    },
    definitions: { path: path(), argument: argument() },
  };
}

function settings(): JsonSchema {
  const { properties, ...object } = objectOf(settingsSchema);
  // zod does not show the default of what it changes before it reads it.
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({});
  const withDefault = (name: string, schema: JsonSchema) =>
    defaults[name] === undefined ? schema : { ...schema, default: defaults[name] };
  const { COMMANDS, STANDBY, ...others } = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, withDefault(name, schema as JsonSchema)]),
  );
  return {
    ...object,
    properties: {
      ...mapValues(others, orVariable),
      REDIS_URL: orVariable({
        ...others.REDIS_URL,
        pattern: "^(rediss?(\\+[a-z]+)?://|unix:|embedded(://|$))",
      }),
      ENDPOINT: endpoint(others.ENDPOINT),
      // A pattern has no flags here, and OFF is taken like off.
      HTTP: orVariable({
        ...others.HTTP,
        pattern: "^([oO][fF][fF]|(\\[[0-9a-fA-F:]+\\]|[^\\s:]+):\\d{1,5})$",
      }),
      SHARD: orVariable({ ...others.SHARD, pattern: SHARD_PATTERN.source }),
      STANDBY: {
        ...described(STANDBY),
        anyOf: [{ type: "boolean" }, { enum: ["true", "cold", "false"] }, VARIABLE],
      },
      // Also one text, separated by commas.
      COMMANDS: {
        ...described(COMMANDS),
        anyOf: [bare(COMMANDS), { type: "string", pattern: "^[a-z_]+( *, *[a-z_]+)*$" }, VARIABLE],
      },
    },
  };
}

function server(): JsonSchema {
  const { properties, ...object } = objectOf(serverSchema);
  const login = ["apiKey", "secret", "password"];
  const given = (name: string) => ({ properties: { [name]: { minLength: 1 } }, required: [name] });
  // An API key by either spelling; an empty text counts as none.
  const key = { anyOf: [given("apiKey"), given("apikey")] };
  const whole = { allOf: [key, given("secret"), given("password")] };
  return {
    ...object,
    properties: { ...mapValues(properties, orVariable), endpoint: endpoint(properties.endpoint) },
    if: { anyOf: [...login.map(given), given("apikey")] },
    then: whole,
  };
}

function subscription(): JsonSchema {
  const { properties, ...object } = objectOf(subscribeSchema);
  const channel = { anyOf: [{ $ref: "#/definitions/path" }, { $ref: "#/definitions/argument" }] };
  return {
    ...object,
    properties: {
      ...mapValues(properties, orVariable),
      channels: { ...described(properties.channels), type: "array", items: channel },
    },
  };
}

/** Returns a known channel with its arguments, or any channel whose arguments are named. */
function path(): JsonSchema {
  const names = [...new Set([...channelNames(), ...legacyTables(), ...v3Tables()])].sort();
  return {
    type: "string",
    maxLength: MAX_PATH,
    description:
      "A path: <channel>[:<argument>…], or <product>/<channel>[:<instrument>] with the rows of OKX's v3 API",
    examples: [
      "tickers:ETH-USDT",
      "candle1m:BTC-USDT",
      "books:BTC-USDT-SWAP",
      "orders:SWAP",
      "spot/ticker:ETH-USDT",
    ],
    anyOf: [
      { pattern: `^(${names.join("|")})(:\\S+)?$` },
      { pattern: "^[^/:\\s]+(:[A-Za-z]+=\\S+)+$" },
      VARIABLE,
    ],
  };
}

function argument(): JsonSchema {
  return {
    type: "object",
    description: "The exchange's own argument object, which reaches every channel there is",
    required: ["channel"],
    properties: { channel: { type: "string", minLength: 1 } },
    additionalProperties: { type: "string" },
  };
}

function endpoint(schema: JsonSchema | undefined): JsonSchema {
  const forms = [{ enum: EXCHANGE_NAMES }, { type: "string", pattern: "^(wss?://\\S+)?$" }, VARIABLE];
  return { ...described(schema), anyOf: forms };
}

type ObjectSchema = JsonSchema & { readonly properties: Readonly<Record<string, JsonSchema>> };

function objectOf(schema: z.ZodType): ObjectSchema {
  const { $schema: _, ...object } = z.toJSONSchema(schema, { target: "draft-7", io: "input" });
  return object as ObjectSchema;
}

/** As the file is read: a variable may stand for any text, and a number may be written as a text. */
function orVariable(schema: JsonSchema): JsonSchema {
  if (schema.type === "integer") {
    return { ...described(schema), anyOf: [bare(schema), { type: "string", pattern: "^\\d+$" }, VARIABLE] };
  }
  const isFree = schema.pattern === undefined && schema.enum === undefined;
  return isFree ? schema : { ...described(schema), anyOf: [bare(schema), VARIABLE] };
}

function described(schema: JsonSchema | undefined): JsonSchema {
  const { description, default: value } = schema ?? {};
  return {
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
  };
}

function bare(schema: JsonSchema | undefined): JsonSchema {
  const { description: _, default: __, ...rest } = schema ?? {};
  return rest;
}

function listOf(items: JsonSchema): JsonSchema {
  return { type: ["array", "null"], items };
}

/** A section that is named and left empty is no fault. */
function orNothing(object: JsonSchema): JsonSchema {
  return { ...object, type: ["object", "null"] };
}

function mapValues(
  schemas: Readonly<Record<string, JsonSchema>>,
  map: (schema: JsonSchema) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, map(schema)]));
}
