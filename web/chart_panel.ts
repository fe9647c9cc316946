/// <reference lib="dom" />
/** Candles with volume of the chosen path, and the open, high, low and close under the cursor. */
import type { CandlestickData, HistogramData, IChartApi, ISeriesApi, UTCTimestamp } from "lightweight-charts";
import { CandlestickSeries, ColorType, createChart, CrosshairMode, HistogramSeries } from "./charts.ts";
import { find, make, setText } from "./dom.ts";
import { formatCount, formatFixed } from "./format.ts";
import { type Bar, type RawRow, readBar } from "./rows.ts";
import { color } from "./theme.ts";
import { t } from "./texts.ts";

/** What others may do with the chart. */
export type ChartPanel = {
  /** A whole series, which replaces what is shown. */
  setRows(rows: readonly RawRow[]): void;
  /** Rows that came since. */
  addRows(rows: readonly RawRow[]): void;
  /** Nothing is shown but these elements. */
  clear(...words: (Node | string)[]): void;
  paint(): void;
  /** The shown rows, oldest first. */
  rows(): readonly RawRow[];
  /** Shows fewer bars (above 1) or more (below 1); 0: as many as fit. */
  zoom(by: number): void;
};

/** Bars kept; the first answer has 500. */
const MAX_BARS = 1500;

/** How wide a bar is at first, with its gap; the window has as many as fit. */
const BAR_WIDTH = 7;

/** Starts an empty chart. */
export function startChartPanel(): ChartPanel {
  const box = find("chart");
  const empty = find("chart-empty");
  const legend = find("legend");
  const { chart, candles, volumes } = createSeries(box);
  const bars = new Map<number, Bar>();
  const raw = new Map<number, RawRow>();
  const keep = (row: RawRow): Bar | undefined => {
    const bar = readBar(row);
    if (bar !== undefined) raw.set(bar.time, row);
    return bar;
  };
  let decimals = 0;
  let hovered: number | undefined;

  const showLegend = () => {
    const bar = bars.get(hovered ?? NaN) ?? [...bars.values()].at(-1);
    legend.replaceChildren(...(bar === undefined ? [] : legendOf(bar, decimals)));
  };
  chart.subscribeCrosshairMove(({ time }) => {
    hovered = typeof time === "number" ? time : undefined;
    showLegend();
  });

  const showNewest = () => showBars(chart, { box, count: bars.size });
  whenWidthComes(box, showNewest);

  const setDecimals = (bar: Bar) => {
    if (bar.decimals <= decimals) return;
    decimals = bar.decimals;
    candles.applyOptions({
      priceFormat: { type: "price", precision: decimals, minMove: 1 / 10 ** decimals },
    });
  };
  const drawSeries = () => {
    candles.setData([...bars.values()].map(candleOf));
    volumes.setData([...bars.values()].map(volumeOf));
  };

  const paint = () => {
    paintChart(chart, { candles, volumes });
    volumes.setData([...bars.values()].map(volumeOf));
  };

  paint();
  return {
    setRows(rows) {
      setText(empty, "");
      bars.clear();
      raw.clear();
      decimals = 0;
      const read = rows.map(keep).filter((bar) => bar !== undefined).sort((a, b) => a.time - b.time);
      for (const bar of read) bars.set(bar.time, bar);
      for (const bar of bars.values()) setDecimals(bar);
      drawSeries();
      showNewest();
      showLegend();
    },
    addRows(rows) {
      let newest = Math.max(-Infinity, ...bars.keys());
      let isInOrder = true;
      for (const bar of rows.map(keep).filter((each) => each !== undefined)) {
        bars.set(bar.time, bar);
        setDecimals(bar);
        isInOrder &&= bar.time >= newest;
        newest = Math.max(newest, bar.time);
        if (!isInOrder) continue;
        candles.update(candleOf(bar));
        volumes.update(volumeOf(bar));
      }
      if (!isInOrder) {
        // Bars that came afterwards, as those of before the subscription: the whole series in order again.
        const inOrder = [...bars.values()].sort((a, b) => a.time - b.time);
        bars.clear();
        for (const each of inOrder) bars.set(each.time, each);
        drawSeries();
      }
      while (bars.size > MAX_BARS) {
        const oldest = [...bars.keys()][0] as number;
        bars.delete(oldest);
        raw.delete(oldest);
      }
      showLegend();
    },
    clear(...words) {
      bars.clear();
      raw.clear();
      drawSeries();
      showLegend();
      empty.replaceChildren(...words);
    },
    paint,
    rows: () => [...bars.keys()].map((time) => raw.get(time)).filter((row) => row !== undefined),
    zoom(by) {
      const range = chart.timeScale().getVisibleLogicalRange();
      if (range === null || by === 0) showNewest();
      else showRange(chart, range.to, (range.to - range.from) / by);
    },
  };
}

/** An empty chart in `box`, with candles above and volumes below. */
function createSeries(box: HTMLElement): Series & { readonly chart: IChartApi } {
  const chart = createChart(box, {
    autoSize: true,
    // The page has a notice of its own: the library's needs a style that the page's policy forbids.
    layout: { attributionLogo: false, fontSize: 11, panes: { enableResize: false } },
    crosshair: { mode: CrosshairMode.Normal },
    rightPriceScale: {
      borderVisible: false,
      entireTextOnly: true,
      scaleMargins: { top: 0.08, bottom: 0.24 },
    },
    timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false, rightOffset: 4 },
    localization: { timeFormatter: formatStamp },
  });
  const candles = chart.addSeries(CandlestickSeries, { borderVisible: false });
  const volumes = chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
  return { chart, candles, volumes };
}

/** Shows the newest of `count` bars, as many as fit into `box`. */
function showBars(
  chart: IChartApi,
  { box, count }: { readonly box: HTMLElement; readonly count: number },
): void {
  const last = count - 1;
  const fitting = Math.max(20, Math.floor(box.clientWidth / BAR_WIDTH));
  chart.timeScale().setVisibleLogicalRange({ from: last - fitting, to: last + 4 });
}

/** Shows about `count` bars, up to the one at `to`. */
function showRange(chart: IChartApi, to: number, count: number): void {
  const from = to - Math.min(MAX_BARS, Math.max(10, count));
  chart.timeScale().setVisibleLogicalRange({ from, to });
}

/** Calls when `box` gets a width: on a phone the chart has none until its section is chosen. */
function whenWidthComes(box: HTMLElement, then: () => void): void {
  let width = box.clientWidth;
  new ResizeObserver(() => {
    const before = width;
    width = box.clientWidth;
    if (before === 0 && width > 0) requestAnimationFrame(then);
  }).observe(box);
}

/** Colours that all charts of the page share. */
export function paintBase(chart: IChartApi): void {
  const grid = { color: color("--grid") };
  const line = { color: color("--faint"), labelBackgroundColor: color("--dim") };
  chart.applyOptions({
    layout: {
      background: { type: ColorType.Solid, color: color("--panel") },
      textColor: color("--faint"),
      fontFamily: getComputedStyle(document.body).fontFamily,
    },
    grid: { vertLines: grid, horzLines: grid },
    crosshair: { vertLine: line, horzLine: line },
  });
}

type Series = {
  readonly candles: ISeriesApi<"Candlestick">;
  readonly volumes: ISeriesApi<"Histogram">;
};

function paintChart(chart: IChartApi, { candles }: Series): void {
  paintBase(chart);
  const [upColor, downColor] = [color("--up"), color("--down")];
  candles.applyOptions({ upColor, downColor, wickUpColor: upColor, wickDownColor: downColor });
}

function candleOf({ time, open, high, low, close }: Bar): CandlestickData<UTCTimestamp> {
  return { time: time as UTCTimestamp, open, high, low, close };
}

function volumeOf({ time, open, close, volume }: Bar): HistogramData<UTCTimestamp> {
  return {
    time: time as UTCTimestamp,
    value: volume,
    color: color(close < open ? "--down-fill" : "--up-fill"),
  };
}

function legendOf(bar: Bar, decimals: number): Node[] {
  const direction = bar.close < bar.open ? "down" : "up";
  const price = (name: string, value: number) =>
    make("span", {}, `${name} `, make("b", { class: direction }, formatFixed(value, decimals)));
  const change = bar.open === 0 ? 0 : (bar.close / bar.open - 1) * 100;
  return [
    price("O", bar.open),
    price("H", bar.high),
    price("L", bar.low),
    price("C", bar.close),
    make("b", { class: direction }, `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(2)}%`),
    make("span", {}, `${t("page.volume")} `, make("b", {}, formatCount(bar.volume))),
  ];
}

/** The library counts in UTC, and so do the exchange's bars. */
function formatStamp(time: unknown): string {
  if (typeof time !== "number") return "";
  return `${new Date(time * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
