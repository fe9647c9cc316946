/** The dashboard for Grafana and the alert rules against the metrics of a running service. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { ALERT_METRICS, lackingMetrics } from "../../src/cli/doctor/metrics.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { testWith } from "../support/needs.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const ROOT = new URL("../../", import.meta.url);

type Panel = {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly refId: string }[];
};
type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
};

/** What a scraper finds: names of samples, and the labels that each has. */
async function scrape(): Promise<Map<string, Set<string>>> {
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    settings: { HTTP: "127.0.0.1:0" },
    channels: ["tickers:BTC-USDT", "mark-price:BTC-USDT"],
  });
  await waitFor("live", async () => (await run.sub("mark-price:BTC-USDT"))?.state === "live");
  const instId = "BTC-USDT";
  okx.current()?.push({ channel: "mark-price", instId }, [{ instId, markPx: "1", ts: "1" }]);
  await waitFor("the row", () => run.redis.exists("okex/test/mark-price:BTC-USDT"));
  const text = await (await fetch(`${run.service.httpUrl}/metrics`)).text();
  // What a service only says when it knows is declared all the same.
  const found = new Map(
    [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => [name as string, new Set<string>()]),
  );
  for (const [, name, labels = ""] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? /gm)) {
    const known = found.get(name as string) ?? new Set();
    for (const [, label] of labels.matchAll(/([a-z]+)="/g)) known.add(label as string);
    found.set(name as string, known);
  }
  // One old name has the wrong unit in Prometheus's eyes; it is kept for those who use it.
  const others = text.split("\n").filter((line) => !line.includes("okws_batch_milliseconds")).join("\n");
  if (await hasPromtool()) await assertPromtool(["check", "metrics"], others);
  return found;
}

/** Names of metrics in an expression of PromQL. */
function metricsOf(expr: string): string[] {
  return [...expr.matchAll(/\b(okws|process)_[a-z_]+\b/g)].map(([name]) => name);
}

Deno.test("what Grafana and the alerts name is what /metrics has", async () => {
  const found = await scrape();
  const dashboard = JSON.parse(await Deno.readTextFile(new URL("config/grafana.json", ROOT)));
  const panels = dashboard.panels as Panel[];
  const { groups } = parse(await Deno.readTextFile(new URL("config/alerts.yaml", ROOT)));
  const rules = (groups as { rules: Rule[] }[]).flatMap((group) => group.rules);
  const expressions = [
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ...rules.map(({ alert, expr }) => [alert, expr] as const),
    ["variables", JSON.stringify(dashboard.templating)] as const,
    ["annotations", JSON.stringify(dashboard.annotations)] as const,
  ];
  for (const [where, expr] of expressions) {
    const names = metricsOf(expr);
    // Whether it answers is said by Prometheus itself.
    if (expr.startsWith(`up{job="okws"}`)) continue;
    assert.ok(names.length > 0, `${where} asks for nothing of okws: ${expr}`);
    for (const name of names) assert.ok(found.has(name), `${where}: there is no ${name}`);
  }
  for (const [, expr] of expressions) {
    for (const [, name, label] of expr.matchAll(/by \(((?:\w+, )*)(server|state)\) \(/g)) {
      assert.ok(name !== undefined && label !== undefined);
      const [metric = ""] = metricsOf(expr);
      assert.ok(found.get(metric)?.has(label), `${metric} has no label ${label}`);
    }
  }
  // The other way round: what okws counts is to be seen.
  const shown = new Set(expressions.flatMap(([, expr]) => metricsOf(expr)));
  const own = [...found.keys()].filter((name) =>
    name.startsWith("okws_") && !/_(bucket|sum|count)$/.test(name)
  );
  const unseen = own.filter((name) => !shown.has(name) && !shown.has(`${name}_bucket`));
  const remedy =
    "show it in config/grafana.json, ask for it in config/alerts.yaml, or name it in UNSEEN of this file";
  assert.deepEqual(unseen.sort(), UNSEEN, `${unseen.filter((name) => !UNSEEN.includes(name))}: ${remedy}`);
});

/** Metrics that are of use beside the others only: no panel of Grafana and no alert asks for them. */
const UNSEEN = [
  "okws_batch_milliseconds",
  "okws_commands_total",
  "okws_connects_total",
  "okws_epoch",
  "okws_lease_age_seconds",
  "okws_received_characters_total",
  "okws_recorded_frames_total",
  "okws_standby",
  "okws_standbys",
];

Deno.test("the metrics that the doctor looks for are those of the alert rules, and they are there", async () => {
  const { groups } = parse(await Deno.readTextFile(new URL("config/alerts.yaml", ROOT)));
  const rules = (groups as { rules: Rule[] }[]).flatMap((group) => group.rules);
  const named = rules.flatMap(({ expr }) => metricsOf(expr)).map((name) => name.replace(/_bucket$/, ""));
  assert.deepEqual([...ALERT_METRICS], [...new Set(named)].toSorted());
  const text = ALERT_METRICS.map((name) => `# TYPE ${name} gauge\n${name} 1\n`).join("");
  assert.deepEqual(lackingMetrics(text), []);
  assert.deepEqual(lackingMetrics(text.replaceAll("okws_ready", "okws_reedy")), ["okws_ready"]);
});

Deno.test("the dashboard for Grafana can be imported: no two panels share a place, an id or a query's name", async () => {
  const dashboard = JSON.parse(await Deno.readTextFile(new URL("config/grafana.json", ROOT)));
  const panels = dashboard.panels as Panel[];
  assert.ok(panels.length > 10);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos: { x, y, w, h }, targets } of panels) {
    assert.ok(x >= 0 && x + w <= 24, title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (let i = x; i < x + w; i++) {
      for (let j = y; j < y + h; j++) {
        assert.equal(taken.get(`${i} ${j}`), undefined, `${title} lies over ${taken.get(`${i} ${j}`)}`);
        taken.set(`${i} ${j}`, title);
      }
    }
  }
});

Deno.test("every alert says how bad it is, what is wrong and what to do", async () => {
  const { groups } = parse(await Deno.readTextFile(new URL("config/alerts.yaml", ROOT)));
  const rules = (groups as { rules: Rule[] }[]).flatMap((group) => group.rules);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, labels, annotations } of rules) {
    assert.match(alert, /^Okws[A-Z]\w+$/);
    assert.match(labels.severity ?? "", /^(critical|warning)$/, alert);
    for (const name of ["summary", "description"]) assert.match(annotations[name] ?? "", /\S.*[.?…]$/, alert);
  }
  if (await hasPromtool()) await assertPromtool(["check", "rules", "config/alerts.yaml"]);
});

type AlertCase = {
  readonly name: string;
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
};

Deno.test("every alert has a case in which it fires and one in which it does not", async () => {
  const { groups } = parse(await Deno.readTextFile(new URL("config/alerts.yaml", ROOT)));
  const { tests } = parse(await Deno.readTextFile(new URL("config/alerts.test.yaml", ROOT)));
  const rules = (groups as { rules: Rule[] }[]).flatMap((group) => group.rules);
  for (const { alert } of rules) {
    const cases = (tests as AlertCase[]).flatMap((each) => each.alert_rule_test)
      .filter(({ alertname }) => alertname === alert);
    assert.ok(cases.some(({ exp_alerts }) => exp_alerts.length === 0), `${alert} stays silent`);
    assert.ok(cases.some(({ exp_alerts }) => exp_alerts.length > 0), `${alert} fires`);
  }
});

testWith(["promtool"], "alerts fire on what they are for, after as long as they say", async () => {
  await assertPromtool(["test", "rules", "config/alerts.test.yaml"]);
});

async function hasPromtool(): Promise<boolean> {
  try {
    return (await new Deno.Command("promtool", { args: ["--version"], stdout: "null", stderr: "null" })
      .output())
      .success;
  } catch {
    return false;
  }
}

/** Prometheus's own judgement, where it is at hand. */
async function assertPromtool(args: readonly string[], input = ""): Promise<void> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stdout) + decoder.decode(stderr));
}
