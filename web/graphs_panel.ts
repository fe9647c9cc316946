/// <reference lib="dom" />
/** How much and how quick, over the last ten minutes. */
import type { IChartApi } from "lightweight-charts";
import type { Sample } from "../src/http/history.ts";
import { AreaSeries, createChart, LineSeries } from "./charts.ts";
import { paintBase } from "./chart_panel.ts";
import { find, make } from "./dom.ts";
import { formatCount, formatMillis } from "./format.ts";
import { type Field, pointsOf } from "./points.ts";
import { color } from "./theme.ts";
import { t } from "./texts.ts";

/** What others may do with the graphs. */
export type GraphsPanel = {
  /** Draws these, and nothing of before. */
  set(samples: readonly Sample[]): void;
  paint(): void;
};

/** Starts both graphs. */
export function startGraphsPanel(): GraphsPanel {
  const flow = startGraph("flow", formatCount, ["rows", "writes"]);
  const delay = startGraph("delay", formatMillis, ["p50", "p99"]);
  const tell = (sample: Sample | undefined) => {
    if (sample === undefined) return;
    find("flow-legend").replaceChildren(
      key("a", t("page.legend_rows"), formatCount(sample.rows)),
      key("b", t("page.legend_commands"), formatCount(sample.writes)),
    );
    find("delay-legend").replaceChildren(
      key("a", t("page.legend_median"), formatMillis(sample.p50)),
      key("c", "p99", formatMillis(sample.p99)),
    );
  };
  return {
    set(samples) {
      for (const graph of [flow, delay]) graph.set(samples);
      tell(samples.at(-1));
    },
    paint() {
      for (const graph of [flow, delay]) graph.paint();
    },
  };
}

/** One graph: an area for the first field, a line for the second. */
function startGraph(id: string, format: (value: number) => string, fields: readonly [Field, Field]) {
  const chart: IChartApi = createChart(find(id), {
    autoSize: true,
    layout: { attributionLogo: false, fontSize: 10 },
    rightPriceScale: {
      borderVisible: false,
      entireTextOnly: true,
      scaleMargins: { top: 0.12, bottom: 0.02 },
    },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      secondsVisible: false,
      lockVisibleTimeRangeOnResize: true,
      tickMarkFormatter: (time: unknown) => clock(time),
    },
    handleScroll: false,
    handleScale: false,
    localization: { priceFormatter: format, timeFormatter: clock },
  });
  const plain = { lineWidth: 1, priceLineVisible: false, lastValueVisible: false } as const;
  const autoscaleInfoProvider = (original: () => { priceRange: { maxValue: number } | null } | null) => {
    const found = original();
    const top = found?.priceRange?.maxValue ?? 1;
    return { priceRange: { minValue: 0, maxValue: Math.max(top, 0.001) } };
  };
  const first = chart.addSeries(AreaSeries, { ...plain, autoscaleInfoProvider });
  const second = chart.addSeries(LineSeries, { ...plain, autoscaleInfoProvider });
  const paint = () => {
    paintBase(chart);
    const accent = color("--accent");
    const fade = (alpha: number) => accent.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
    first.applyOptions({ lineColor: accent, topColor: fade(0.22), bottomColor: fade(0.02) });
    second.applyOptions({ color: color(fields[1] === "p99" ? "--warn" : "--faint") });
  };
  paint();
  return {
    set(samples: readonly Sample[]) {
      first.setData(pointsOf(samples, fields[0]));
      second.setData(pointsOf(samples, fields[1]));
      chart.timeScale().fitContent();
    },
    paint,
  };
}

function key(kind: string, name: string, value: string): Node {
  return make(
    "span",
    { class: kind },
    make("i", { "aria-hidden": "true" }),
    `${name} `,
    make("b", {}, value),
  );
}

/** Here, not in UTC: these are times of this service, not of the exchange. */
function clock(time: unknown): string {
  return typeof time === "number" ? new Date(time * 1000).toLocaleTimeString("en-GB") : "";
}
