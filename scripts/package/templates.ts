/**
 * The service files in config/, as `okws service install` would write them for a packaged okws. Run it after a change
 * to src/system/unit.ts or src/system/plist.ts:
 *
 *     deno run --allow-write scripts/package/templates.ts
 */
import { renderPlist } from "../../src/system/plist.ts";
import { renderUnit } from "../../src/system/unit.ts";

/** Files by their names in config/. */
export const TEMPLATES: Readonly<Record<string, string>> = {
  "okws.service": renderUnit({
    program: ["/usr/bin/okws"],
    config: "/etc/okws/okws.yaml",
    configAsCredential: false,
    runAs: { kind: "user", name: "okws" },
    environmentFile: "/etc/okws/okws.env",
  }),
  "com.okws.okws.plist": renderPlist({
    program: ["/usr/local/bin/okws"],
    config: "/usr/local/etc/okws/okws.yaml",
    user: "okws",
    logFile: "/var/log/okws.log",
  }),
};

if (import.meta.main) {
  for (const [name, text] of Object.entries(TEMPLATES)) {
    await Deno.writeTextFile(new URL(`../../config/${name}`, import.meta.url), text);
  }
}
