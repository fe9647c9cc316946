/// <reference lib="dom" />
/** The page: one stream from the service into the model, and panels that draw what the model says. */
import type { Tick } from "../src/http/feed.ts";
import { firstChoice } from "./companions.ts";
import { drawConnections } from "./connections_panel.ts";
import { find } from "./dom.ts";
import { startGraphsPanel } from "./graphs_panel.ts";
import { startHeader } from "./header.ts";
import { startKeys } from "./keys.ts";
import { startLogPanel } from "./log_panel.ts";
import { startMarket } from "./market.ts";
import { Model, type Path } from "./model.ts";
import { startPathsPanel } from "./paths_panel.ts";
import { type Link, openSource } from "./source.ts";
import { startTheme } from "./theme.ts";
import { startTexts } from "./texts.ts";

/** Ages move on between two messages. */
const REDRAW_MS = 250;

startTexts();
const model = new Model();
const header = startHeader(model);
const graphs = startGraphsPanel();
const log = startLogPanel(model);
const market = startMarket(model, (path) => choose(path));
const paths = startPathsPanel(model, (path, how) => {
  choose(path);
  // Where one section is shown at a time, a tap leads to what was tapped.
  if (how === "click") showTab("market");
});
const nextTheme = startTheme(() => {
  graphs.paint();
  market.paint();
});
let link: Link = "wait";
let chosen = false;
let generation = -1;

function choose(path: Path): void {
  chosen = true;
  paths.mark(path);
  market.show(path);
}

function draw(): void {
  header.draw(link);
  drawConnections(model);
  paths.draw();
  log.draw();
  if (generation === model.generation) return;
  generation = model.generation;
  const first = chosen ? undefined : firstChoice(model.paths.values());
  if (first === undefined) market.refresh();
  else choose(first);
}

openSource("/api/events", {
  on: {
    start(data) {
      model.start(data as Tick);
      graphs.set(model.samples);
      draw();
    },
    tick(data) {
      const tick = data as Tick;
      model.change(tick);
      graphs.add(tick.samples);
      draw();
    },
  },
  onLink(next) {
    if (link === next) return;
    link = next;
    document.body.dataset.link = next;
    header.draw(link);
  },
}, true);
setInterval(() => {
  if (!document.hidden) draw();
}, REDRAW_MS);

const tabs = [...document.querySelectorAll<HTMLButtonElement>(".tabbar button")];
function showTab(name: string): void {
  document.body.dataset.tab = name;
  for (const tab of tabs) tab.setAttribute("aria-current", String(tab.dataset.show === name));
}
for (const tab of tabs) tab.addEventListener("click", () => showTab(tab.dataset.show ?? "paths"));
showTab("paths");

startKeys({
  "/": () => {
    showTab("paths");
    find<HTMLInputElement>("search").select();
  },
  j: () => paths.step(1),
  k: () => paths.step(-1),
  p: () => paths.toggleProblems(),
  r: () => market.toggleRow(),
  w: () => log.toggleWarnings(),
  t: nextTheme,
});
