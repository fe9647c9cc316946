/** The property list for launchd. */
import assert from "node:assert/strict";
import { parse } from "plist";
import { LABEL, PLIST_MARKER, renderPlist } from "../../../src/system/plist.ts";

Deno.test("renderPlist() is a property list that a parser reads back, whatever the names", () => {
  const text = renderPlist({
    program: ["/opt/a & b/<okws>"],
    config: '/etc/"o"kws.yaml',
    user: "data",
    logFile: "/var/log/okws.log",
  }, PLIST_MARKER);
  assert.deepEqual({ ...parse(text) as Record<string, unknown> }, {
    Label: LABEL,
    ProgramArguments: ["/opt/a & b/<okws>", "serve", "-c", '/etc/"o"kws.yaml'],
    UserName: "data",
    RunAtLoad: true,
    KeepAlive: true,
    ThrottleInterval: 5,
    ExitTimeOut: 20,
    ProcessType: "Background",
    Umask: 0o77,
    WorkingDirectory: "/",
    StandardOutPath: "/var/log/okws.log",
    StandardErrorPath: "/var/log/okws.log",
  });
  assert.ok(text.includes(`<!-- ${PLIST_MARKER} -->`));
});

Deno.test("renderPlist() names no user for an agent, and bears no comment of its own", () => {
  const text = renderPlist({ program: ["/usr/local/bin/okws"], config: "/o.yaml", logFile: "/o.log" });
  assert.ok(!("UserName" in (parse(text) as Record<string, unknown>)));
  assert.ok(!text.includes("<!--"));
});
