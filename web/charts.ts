/** The parts of the charting library that the page uses; bundled into a file of its own, `/charts.js`. */
export {
  AreaSeries,
  CandlestickSeries,
  ColorType,
  createChart,
  CrosshairMode,
  HistogramSeries,
  LineSeries,
} from "lightweight-charts";
