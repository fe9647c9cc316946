/**
 * Writes what other programs can rely on, in the words of standards: `docs/reference/schemas.json` (JSON Schema of every row and
 * record), `docs/reference/asyncapi.yaml` (channels of Redis) and `docs/reference/openapi.yaml` (HTTP).
 *
 *     deno run --allow-read --allow-write --allow-env scripts/contract/main.ts
 */
import { stringify } from "yaml";
import { type GeneratedFiles, writeGenerated } from "../generated_files.ts";
import { asyncapi } from "./asyncapi.ts";
import { HTTP_RECORDS, openapi } from "./http.ts";
import { RECORDS } from "./records.ts";
import { rowSchemas } from "./rows.ts";
import type { Schema } from "./schema.ts";

/** Every definition, by its name. */
export function schemas(): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Rows and records of okws",
    description: "Rows are the exchange's: they may get further members at any time.",
    definitions: { ...RECORDS, ...HTTP_RECORDS, ...rowSchemas() },
  };
}

/** The files as they should be. */
export function contractFiles(): GeneratedFiles {
  const at = (name: string) => ({ $ref: `./schemas.json#/definitions/${name}` });
  const yaml = (document: Schema) =>
    `# Written by scripts/contract/main.ts\n${
      stringify(document, { lineWidth: 110, aliasDuplicateObjects: false })
    }`;
  return new Map([
    ["docs/reference/schemas.json", `${JSON.stringify(schemas(), null, 1)}\n`],
    ["docs/reference/asyncapi.yaml", yaml(asyncapi(at))],
    ["docs/reference/openapi.yaml", yaml(openapi(at))],
  ]);
}

if (import.meta.main) await writeGenerated(contractFiles());
