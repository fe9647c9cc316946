/** What config/ has to start okws with: containers and pods, against the files and the settings that they name. */
import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";
import { parseShard } from "../../src/shared/shard.ts";
import { runChild } from "../support/child.ts";
import { testWith } from "../support/needs.ts";

const ROOT = new URL("../../", import.meta.url);
const KUBERNETES = ["config/kubernetes/okws.yaml", "config/kubernetes/monitor.yaml"];

type Container = {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Record<string, unknown>;
};

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

async function readCompose(): Promise<
  {
    readonly services: Record<string, Container>;
    readonly volumes: Record<string, unknown>;
  }
> {
  return parse(await read("config/compose.yaml"), { merge: true });
}

Deno.test("compose: what is mounted, depended on and run is there", async () => {
  const { services, volumes } = await readCompose();
  assert.ok(Object.keys(services).length >= 9);
  for (
    const [name, { volumes: mounts = [], depends_on = {}, entrypoint = [], ports = [] }] of Object.entries(
      services,
    )
  ) {
    const targets = mounts.map((mount) => mount.split(":")[1]);
    for (const mount of mounts) {
      const [source = ""] = mount.split(":");
      if (source.startsWith(".")) await Deno.stat(new URL(source, new URL("config/compose.yaml", ROOT)));
      else assert.ok(source in volumes, `${name}: ${source}`);
    }
    for (const needed of Object.keys(depends_on)) assert.ok(needed in services, `${name}: ${needed}`);
    for (const file of entrypoint.filter((word) => word.startsWith("/"))) {
      assert.ok(targets.includes(file), `${name}: ${file}`);
    }
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, `${name}: only this machine reaches it`);
  }
});

Deno.test("compose: the file of both okws has no fault with the settings that they are given", async () => {
  const { services } = await readCompose();
  const okws = Object.entries(services).filter(([, { image }]) => image === "okws");
  assert.equal(okws.length, 2);
  const file = new URL("config/compose/okws.yaml", ROOT).pathname;
  for (const [name, { environment = {} }] of okws) {
    const variables = Object.entries(environment).map(([variable, value]) => [
      variable,
      value.replace(/\$\{[A-Z_]+:[^}]*\}/, "long enough"),
    ]);
    const { settings } = await loadConfig({ file, environment: Object.fromEntries(variables) });
    assert.equal(settings.STANDBY, "true", name);
    const sentinels = [...(settings.REDIS_URL ?? "").matchAll(/([a-z0-9-]+):26379/g)].map(([, host]) =>
      host ?? ""
    );
    assert.equal(sentinels.length, 3);
    for (const host of sentinels) assert.ok(host in services, host);
  }
});

Deno.test("compose: Prometheus asks both, and the sentinels watch the first Redis", async () => {
  const { services } = await readCompose();
  const scrapes = parse(await read("config/compose/prometheus.yaml")).scrape_configs;
  assert.deepEqual(scrapes[0].static_configs[0].targets, ["okws-1:8787", "okws-2:8787"]);
  const [, master = ""] =
    /sentinel monitor okws (\S+) 6379 2/.exec(await read("config/compose/sentinel.sh")) ?? [];
  assert.ok(master in services);
  assert.match(await read("config/compose/redis.sh"), new RegExp(`master=${master}$`, "m"));
});

testWith(["docker compose"], "compose: docker takes it", async () => {
  const file = new URL("config/compose.yaml", ROOT).pathname;
  const { code, stderr } = await runChild("docker", ["compose", "-f", file, "config", "--quiet"], {
    env: { OKWS_HTTP_PASSWORD: "long enough" },
  });
  assert.equal(code, 0, stderr);
});

Deno.test("Kubernetes: the parts fit each other", async () => {
  const [config, pods, service, budget, monitor] = await documents();
  const labels = pods.spec.template.metadata.labels;
  for (
    const selector of [
      pods.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels,
    ]
  ) {
    assert.deepEqual(selector, labels);
  }
  assert.deepEqual(monitor.spec.selector.matchLabels, service.metadata.labels);
  assert.equal(monitor.spec.endpoints[0].port, service.spec.ports[0].name);
  assert.equal(pods.spec.serviceName, service.metadata.name);
  const [container] = pods.spec.template.spec.containers;
  assert.equal(container.ports[0].name, service.spec.ports[0].targetPort);
  const [mount] = container.volumeMounts;
  const volume = pods.spec.template.spec.volumes.find(({ name }: { name: string }) => name === mount.name);
  assert.equal(volume.configMap.name, config.metadata.name);
  const [[file, text]] = Object.entries(config.data) as [[string, string]];
  assert.deepEqual(container.args, ["serve", "-c", `${mount.mountPath}/${file}`]);
  const { settings } = await loadText(text, { OKWS_HTTP_PASSWORD: "long enough" });
  assert.equal(settings.STANDBY, "true");
  assert.equal(parseShard(settings.SHARD, `${pods.metadata.name}-0`)?.count, 1);
  assert.equal(settings.HTTP, `0.0.0.0:${container.ports[0].containerPort}`);
});

testWith(
  ["systemd"],
  "systemd: the unit of shards has no fault, and names the shard as it is written",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const unit = (await read("config/okws@.service")).replace("=/usr/bin/okws ", "=/bin/true ");
      await Deno.writeTextFile(`${folder}/okws@.service`, unit);
      const args = ["verify", "--man=no", `${folder}/okws@2-3.service`];
      const { code, stdout, stderr } = await runChild("systemd-analyze", args);
      assert.equal(code, 0, `${stdout}${stderr}`);
      const named = await runChild("systemd-escape", ["--unescape", "2-3"]);
      assert.equal(named.stdout.trim(), "2/3");
      assert.match(unit, / --shard %I$/m);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(["kubernetes-validate"], "Kubernetes: the parts fit its schemas", async () => {
  const file = new URL(KUBERNETES[0] ?? "", ROOT).pathname;
  const { code, stdout, stderr } = await runChild("python3", ["-m", "kubernetes_validate", "--strict", file]);
  assert.equal(code, 0, `${stdout}${stderr}`);
});

async function loadText(text: string, environment: Record<string, string>): Promise<Config> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    return await loadConfig({ file, environment });
  } finally {
    await Deno.remove(file);
  }
}

// deno-lint-ignore no-explicit-any -- shapes of Kubernetes, which its own schemas check
async function documents(): Promise<any[]> {
  const texts = await Promise.all(KUBERNETES.map(read));
  return texts.flatMap((text) => parseAllDocuments(text)).map((document) => document.toJS());
}
