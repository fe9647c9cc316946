/**
 * The service files in config/, as `okws service install` would write them for a packaged okws. Run it after a change
 * to src/system/unit.ts or src/system/plist.ts:
 *
 *     deno run --allow-write scripts/package/templates.ts
 */
import { renderPlist } from "../../src/system/plist.ts";
import { renderUnit } from "../../src/system/unit.ts";

const UNIT = renderUnit({
  program: ["/usr/bin/okws"],
  config: "/etc/okws/okws.yaml",
  configAsCredential: false,
  runAs: { kind: "user", name: "okws" },
  environmentFile: "/etc/okws/okws.env",
});

/** Files by their names in config/. */
export const TEMPLATES: Readonly<Record<string, string>> = {
  "okws.service": UNIT,
  "okws@.service": shardUnit(UNIT),
  "com.okws.okws.plist": renderPlist({
    program: ["/usr/local/bin/okws"],
    config: "/usr/local/etc/okws/okws.yaml",
    user: "okws",
    logFile: "/var/log/okws.log",
  }),
};

/** The same for one of several shards on a machine, whose number is the name of the instance: `-` stands for `/` there. */
function shardUnit(unit: string): string {
  return `# One of several okws on one machine that share the work: okws@1-3, okws@2-3 and okws@3-3 are the three of three.
#
#   systemctl enable --now okws@1-3 okws@2-3 okws@3-3
#
# Its pages are off unless a file of its own, as /etc/okws/okws-2-3.env, gives them an address: OKWS_HTTP=127.0.0.1:8788
${unit}`
    .replace(/^Description=.*$/m, "$&, shard %I")
    .replace(/^ExecStart=.*$/m, "$& --shard %I")
    .replace(
      /^EnvironmentFile=(.*)\.env$/m,
      "Environment=OKWS_HTTP=off\nEnvironmentFile=$1.env\nEnvironmentFile=$1-%i.env",
    );
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(TEMPLATES)) {
    await Deno.writeTextFile(new URL(`../../config/${name}`, import.meta.url), text);
  }
}
