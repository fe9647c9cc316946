/** The unit for systemd, for the machine and for a user. */
import assert from "node:assert/strict";
import { TEMPLATES } from "../../../scripts/package/templates.ts";
import { renderUnit, type UnitOptions } from "../../../src/system/unit.ts";

const OPTIONS: UnitOptions = {
  program: ["/usr/bin/okws"],
  config: "/etc/okws/okws.yaml",
  configAsCredential: false,
  runAs: { kind: "dynamic" },
};

/** The lines of a section. */
function section(text: string, name: string): string[] {
  const [, rest = ""] = text.split(`[${name}]\n`);
  return (rest.split(/^\[/m)[0] ?? "").split("\n").filter((line) => line !== "");
}

Deno.test("renderUnit() makes a service that notifies its state and is confined", () => {
  const service = section(renderUnit(OPTIONS), "Service");
  const wanted = [
    "Type=notify",
    "ExecStart=/usr/bin/okws serve -c /etc/okws/okws.yaml",
    "ExecReload=/bin/kill -HUP $MAINPID",
    "Restart=always",
    "RestartPreventExitStatus=2",
    "WatchdogSec=30",
    "DynamicUser=yes",
    "NoNewPrivileges=yes",
    "PrivateTmp=yes",
    "ProtectHome=yes",
    "ProtectSystem=strict",
  ];
  for (const line of wanted) assert.ok(service.includes(line), line);
  for (const line of service) {
    // V8 could not start, and the time of a reload could not be read.
    assert.doesNotMatch(line, /^(MemoryDenyWriteExecute|ProcSubset)=/);
    assert.match(line, /^(#|[A-Za-z]+=)/);
  }
  const names = service.filter((line) => !line.startsWith("#")).map((line) => line.split("=")[0] ?? "");
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  assert.deepEqual([...new Set(twice)], ["SystemCallFilter"]);
});

Deno.test("renderUnit() runs as a given user, or as a user's own service without what that cannot have", () => {
  const other = section(renderUnit({ ...OPTIONS, runAs: { kind: "user", name: "data" } }), "Service");
  assert.ok(other.includes("User=data") && !other.includes("DynamicUser=yes"));
  const text = renderUnit({ ...OPTIONS, runAs: { kind: "self" } });
  assert.doesNotMatch(text, /^(User|DynamicUser|Protect\w+|Private\w+|CapabilityBoundingSet|After)=/m);
  assert.match(text, /^NoNewPrivileges=yes$/m);
  assert.deepEqual(section(text, "Install"), ["WantedBy=default.target"]);
});

Deno.test("renderUnit() hands over files as credentials, and then offers no reload of an old copy", () => {
  const service = section(
    renderUnit({
      ...OPTIONS,
      configAsCredential: true,
      environmentFile: "/etc/okws/okws.env",
      credentials: [{ name: "OKX_SECRET", file: "/etc/okws/100%" }],
    }),
    "Service",
  );
  assert.ok(service.includes("ExecStart=/usr/bin/okws serve -c ${CREDENTIALS_DIRECTORY}/okws.yaml"));
  assert.ok(service.includes("LoadCredential=okws.yaml:/etc/okws/okws.yaml"));
  assert.ok(service.includes("LoadCredential=OKX_SECRET:/etc/okws/100%%"));
  assert.ok(service.includes("EnvironmentFile=-/etc/okws/okws.env"));
  assert.ok(!service.some((line) => line.startsWith("ExecReload=")));
});

Deno.test("renderUnit() quotes what systemd would take apart or replace", () => {
  const program = ["/opt/my okws/bin", 'a"b\\c', "100%", "$HOME"];
  const [line] = section(renderUnit({ ...OPTIONS, program, config: "/a b.yaml" }), "Service")
    .filter((each) => each.startsWith("ExecStart="));
  assert.equal(line, 'ExecStart="/opt/my okws/bin" "a\\"b\\\\c" 100%% $$HOME serve -c "/a b.yaml"');
});

for (const [name, text] of Object.entries(TEMPLATES)) {
  Deno.test(`config/${name} is what the code renders`, async () => {
    const file = await Deno.readTextFile(new URL(`../../../config/${name}`, import.meta.url));
    assert.equal(file, text, "stale; run: deno run --allow-write scripts/package/templates.ts");
  });
}
