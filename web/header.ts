/// <reference lib="dom" />
/** The bar: whether all is well, and the most important figures. */
import { find, make, setAttribute, setText } from "./dom.ts";
import { formatAge, formatBytes, formatCount, formatMillis } from "./format.ts";
import type { Model } from "./model.ts";
import type { FeedStatus } from "./source.ts";
import { describeRole } from "./role.ts";
import { say, t } from "./texts.ts";

/** What others may do with the bar. */
export type Header = {
  draw(link: FeedStatus): void;
  /** What is wrong with the service as a whole; empty: nothing. */
  trouble(): string;
};

const STATS = [
  ...["page.rows_rate", "page.messages_rate", "page.to_redis", "page.waiting_bytes"] as const,
  ...["page.redis", "page.memory", "page.up"] as const,
];

/** Starts the bar. */
export function startHeader(model: Model): Header {
  const pill = find("ready");
  const words = pill.lastElementChild as Element;
  const faults = find("faults");
  let open = false;
  let trouble = "";
  const values = new Map(STATS.map((name) => {
    const value = make("dd", {}, "–");
    find("stats").append(make("div", {}, make("dt", {}, t(name)), value));
    return [name, value];
  }));
  pill.addEventListener("click", () => {
    open = !open;
    drawFaults();
  });

  const drawFaults = () => {
    const { tick } = model;
    const list = tick?.faults ?? [];
    const more = (tick?.faultCount ?? 0) - list.length;
    const lost = document.body.dataset.link === "lost";
    const lines = lost ? [t("page.lost")] : [
      ...list.map(say),
      ...(more > 0 ? [t("page.more", { count: more })] : []),
    ];
    faults.hidden = lines.length === 0 || !(open || lost);
    setAttribute(faults, "data-level", lost ? "bad" : "warn");
    setAttribute(pill, "aria-expanded", String(!faults.hidden));
    const text = lines.join("\n");
    if (faults.dataset.text === text) return;
    faults.dataset.text = text;
    faults.replaceChildren(...lines.map((line) => make("div", {}, line)));
  };

  return {
    draw(link) {
      const { tick } = model;
      const count = tick?.faultCount ?? 0;
      const isDown = tick?.stopping === true || (tick?.outage ?? "") !== "";
      const [level, text] = link === "lost"
        ? ["bad", t("page.no_connection")]
        : tick === undefined
        ? ["", t("page.connecting")]
        : count === 0
        ? ["ok", t("page.ready")]
        : [isDown ? "bad" : "warn", tick.stopping ? t("page.stopping") : t("page.not_ready", { count })];
      setAttribute(pill, "data-level", level as string);
      setText(words, text as string);
      const role = tick === undefined ? undefined : describeRole(tick, t);
      setText(find("role"), role?.role ?? "");
      setAttribute(find("role"), "title", role?.details ?? "");
      setText(find("missing"), role?.missing ?? "");
      trouble = [level === "ok" ? "" : text as string, role?.trouble ?? ""].filter(Boolean).join(" · ");
      setText(find("version"), tick?.version ?? "");
      drawFaults();
      drawStats();
    },
    trouble: () => trouble,
  };

  function drawStats(): void {
    const { tick } = model;
    if (tick === undefined) return;
    const sample = model.samples.at(-1);
    const set = (name: typeof STATS[number], text: string) => setText(values.get(name) as Element, text);
    set("page.rows_rate", formatCount(sample?.rows ?? 0));
    set("page.messages_rate", formatCount(sample?.messages ?? 0));
    set(
      "page.to_redis",
      sample?.p50 === null || sample === undefined ? "–" : `${formatMillis(sample.p50)} ms`,
    );
    set("page.waiting_bytes", formatBytes(tick.totals.queuedBytes ?? 0));
    set("page.redis", t(tick.outage === "" ? "page.redis_ok" : "page.redis_away"));
    (values.get("page.redis") as Element).className = tick.outage === "" ? "up" : "down";
    set("page.memory", formatMemory(sample?.residentBytes ?? null));
    set("page.up", formatAge(Math.max(0, model.now() - tick.startedAt)));
  }
}

function formatMemory(bytes: number | null): string {
  return bytes === null ? "–" : formatBytes(bytes);
}
