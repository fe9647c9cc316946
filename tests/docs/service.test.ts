/** docs/service.md against the options of `okws service install`. */
import assert from "node:assert/strict";
import { serviceCommand } from "../../src/cli/service/mod.ts";

Deno.test("docs/service.md explains every option of install", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/service.md", import.meta.url));
  const io = {
    print: () => {},
    note: () => {},
    logStream: { write: (bytes: Uint8Array) => Promise.resolve(bytes.length) },
    signal: new AbortController().signal,
    outIsTerminal: false,
    errIsTerminal: false,
    environment: {},
    program: "okws",
  };
  const command = serviceCommand(io, () => {}).commands.find((each) => each.name() === "install");
  const options = command?.options.map((option) => option.short ?? option.long ?? "") ?? [];
  assert.ok(options.length >= 7, options.join(" "));
  for (const option of options) assert.ok(text.includes(`\`${option}`), option);
});
