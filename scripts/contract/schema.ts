/** Small pieces of JSON Schema (draft 7), and records that name every member of the type that the code writes. */

/** A schema. */
export type Schema = { readonly [keyword: string]: unknown };

export const text: Schema = { type: "string" };
export const flag: Schema = { type: "boolean" };
export const count: Schema = { type: "integer", minimum: 0 };
/** Unix milliseconds; 0: never. */
export const time: Schema = { type: "integer", minimum: 0, description: "Unix milliseconds; 0: never" };

/** A count or time as it stands in a hash or stream. */
export const digits: Schema = { type: "string", pattern: "^\\d+$" };

/** One of these texts. */
export function oneOf(...values: readonly (string | number)[]): Schema {
  return { enum: values };
}

/** A text that is always the same. */
export function only(value: string | boolean): Schema {
  return { const: value };
}

/** Either, or null. */
export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

/** A list of them. */
export function listOf(items: Schema): Schema {
  return { type: "array", items };
}

/** A list with exactly these items. */
export function tuple(...items: readonly Schema[]): Schema {
  return { type: "array", items, minItems: items.length, additionalItems: false };
}

/** Text that holds JSON, which is described beside it. */
export function jsonText(schema: Schema): Schema {
  return { type: "string", contentMediaType: "application/json", contentSchema: schema };
}

/** Another definition of the same file. */
export function ref(name: string): Schema {
  return { $ref: `#/definitions/${name}` };
}

/** The schema with a sentence about it. */
export function described(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

type Optional<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/**
 * An object with the members of a type, and no others: a type that gets another member is a fault of this file until it is
 * described here. `optional`: members that may be left out.
 */
export function record<T>(
  members: { readonly [K in keyof Required<T>]: Schema },
  ...optional: readonly Optional<T>[]
): Schema {
  return object(members, ...optional as readonly string[]);
}

/** An object with these members and no others; all but the optional ones are there. */
export function object(members: Readonly<Record<string, Schema>>, ...optional: readonly string[]): Schema {
  return {
    type: "object",
    properties: members,
    required: Object.keys(members).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

/** An object with any names and values of one kind. */
export function mapOf(values: Schema): Schema {
  return { type: "object", additionalProperties: values };
}
