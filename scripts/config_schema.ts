/**
 * Writes config/okws.schema.json, by which editors complete and check a configuration file.
 *
 *     deno run --allow-read --allow-write --allow-env scripts/config_schema.ts
 */
import { configJsonSchema } from "../src/config/json_schema.ts";
import { type GeneratedFiles, writeGenerated } from "./generated_files.ts";

/** Where the schema is. */
export const SCHEMA_FILE = new URL("../config/okws.schema.json", import.meta.url);

/** The text of the file as it should be. */
export function renderSchema(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/** The file as it should be. */
export function schemaFiles(): GeneratedFiles {
  return new Map([["config/okws.schema.json", renderSchema()]]);
}

if (import.meta.main) await writeGenerated(schemaFiles());
