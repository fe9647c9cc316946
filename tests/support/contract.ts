/** Values against docs/reference/schemas.json, and which definition is whose. */
import assert from "node:assert/strict";
import { Ajv } from "ajv";
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

/** The table of a key or channel below the prefix of a server. */
export function tableOf(name: string): string {
  const whole = name.split(":")[0] as string;
  const table = whole === "system/status" && !TABLES.has(name) ? "status" : whole;
  return TABLES.has(table) ? table : table.replace(/\/[^/]*$/, "");
}

/** Whether it has a currency or position of an account. */
export function isAccountPart(name: string): boolean {
  return findChannel(tableOf(name))?.storage === "balances" && name.includes(":");
}
