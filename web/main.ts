/// <reference lib="dom" />
/** The page: one stream from the service into the model, and panels that draw what the model says. */
import type { Tick } from "../src/http/feed.ts";
import type { Quote } from "../src/http/quotes.ts";
import {
  type Address,
  FIRST,
  formatAddress,
  type ListName,
  parseAddress,
  type Section,
  usualSection,
} from "./address.ts";
import { firstChoice } from "./companions.ts";
import { startCommandPanel } from "./command_panel.ts";
import { drawConnections } from "./connections_panel.ts";
import { startCopies } from "./copy.ts";
import { find, setAttribute } from "./dom.ts";
import { startGraphsPanel } from "./graphs_panel.ts";
import { startHeader } from "./header.ts";
import { startKeys } from "./keys.ts";
import { startLogPanel } from "./log_panel.ts";
import { startMarket } from "./market.ts";
import { type Group, Model, type Path } from "./model.ts";
import { titleOf } from "./notice.ts";
import { type ListPort, startPathsPanel } from "./paths_panel.ts";
import { isPhone } from "./phone.ts";
import { type FeedStatus, openSource } from "./source.ts";
import { startTheme } from "./theme.ts";
import { startTexts, t } from "./texts.ts";
import { formatPrice, startWatchPanel } from "./watch_panel.ts";
import type { WatchGroup } from "./watchlist.ts";

/** Ages move on between two messages. */
const REDRAW_MS = 250;

/** What a step of the zoom keys multiplies the bars by. */
const ZOOM = 1.4;

await startTexts();
const model = new Model();
const header = startHeader(model);
const graphs = startGraphsPanel();
const log = startLogPanel(model);
const search = find<HTMLInputElement>("search");
const market = startMarket(model, { onChoose: (path) => choose(path), onChange: () => remember("push") });
let address: Address = parseAddress(location.hash);
const port = <Name extends string>(groups: readonly Name[]): ListPort<Name> => ({
  chosen: () => market.chosen(),
  words: () => search.value,
  group: () => groups.find((each) => each === address.group) ?? groups[0] as Name,
  onGroup: (group) => setGroup(group as Address["group"]),
  onDrop: (path) => commands.unsubscribe(path),
  onChoose(path, how) {
    // Where one section is shown at a time, a tap leads to what was tapped.
    if (how === "click") address = { ...address, section: "market" };
    choose(path);
  },
});
const paths = startPathsPanel(model, port<Group>(["all", "live", "waiting", "problems"]));
const watch = startWatchPanel(model, port<WatchGroup>(["all", "pinned", "problems"]));
const copies = startCopies(() => market.chosen());
const commands = startCommandPanel(model, {
  chosen: () => market.chosen(),
  onAdded: (server, path) => awaited = { server, path },
});
const nextTheme = startTheme(() => {
  graphs.paint();
  market.paint();
});
let link: FeedStatus = "wait";
/** What was subscribed here is shown as soon as it is there. */
let awaited: { readonly server: string; readonly path: string } | undefined;
let generation = -1;

const listOf = () => address.list === "watch" ? watch : paths;

function choose(path: Path): void {
  market.show(path);
  remember("push");
  showPlaces();
  drawLists();
  listOf().reveal();
}

function setGroup(group: Address["group"]): void {
  address = { ...address, group };
  remember("replace");
  listOf().toTop();
  drawLists();
}

/** Puts what is shown into the address of the page. */
function remember(how: "push" | "replace"): void {
  const chosen = market.chosen();
  const { row, candles, book } = market.choice();
  address = { ...address, row, candles, book, words: search.value };
  // What was chosen stays chosen while it is not there: it may come back.
  if (chosen !== undefined) address = { ...address, server: chosen.server, path: chosen.path };
  // A window that shows all sections at once was not asked for one of them.
  const hash = formatAddress(isPhone() ? address : { ...address, section: usualSection(address) });
  if (hash === location.hash) return;
  if (how === "push") history.pushState(null, "", hash);
  else history.replaceState(null, "", hash);
}

/** Shows what the address says; where it names no path, the one that there is most of. */
function follow(): void {
  const { server, path } = address;
  const named = findPath(address);
  if (named !== undefined) market.show(named, address);
  else if (path !== "") market.showMissing(server, path);
  else {
    const first = firstChoice(model.paths.values());
    if (first !== undefined) market.show(first, address);
  }
  if (market.chosen() !== undefined) remember("replace");
}

/** The path of that name, if it is there. */
function findPath({ server, path }: { readonly server: string; readonly path: string }): Path | undefined {
  return [...model.paths.values()].find((each) => each.server === server && each.path === path);
}

function showAwaited(): void {
  const path = awaited && findPath(awaited);
  if (path === undefined) return;
  awaited = undefined;
  choose(path);
}

function showPlaces(): void {
  const { section, list } = address;
  document.body.dataset.tab = section;
  for (const tab of tabs) setAttribute(tab, "aria-current", String(tab.dataset.show === section));
  for (const name of ["watch", "paths"] as const) {
    const tab = find(`tab-${name}`);
    setAttribute(tab, "aria-selected", String(name === list));
    setAttribute(tab, "tabindex", name === list ? "0" : "-1");
    find(`${name}-pane`).hidden = name !== list;
  }
}

function drawLists(): void {
  listOf().draw();
}

function draw(): void {
  header.draw(link);
  drawConnections(model);
  log.draw();
  if (model.tick !== undefined && generation !== model.generation) {
    generation = model.generation;
    if (market.chosen() === undefined) follow();
    else market.refresh();
  }
  drawLists();
  market.draw();
  copies.draw();
  commands.draw();
  showAwaited();
  const chosen = market.chosen();
  const last = chosen && model.quotes.get(`${chosen.server}\n${chosen.subject}`)?.last;
  const price = last === undefined ? "" : formatPrice(last);
  document.title = titleOf(chosen, { price, trouble: header.trouble(), shard: model.tick?.shard ?? "" }, t);
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
      if (tick.samples.length > 0) graphs.set(model.samples);
      draw();
    },
    quotes(data) {
      model.quote(data as Quote[]);
    },
  },
  onStatus(next) {
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
function showSection(section: Section): void {
  address = { ...address, section };
  showPlaces();
  remember("push");
}
for (const tab of tabs) {
  tab.addEventListener("click", () => showSection(tab.dataset.show as Section ?? FIRST.section));
}

function showList(list: ListName): void {
  address = { ...address, list };
  showPlaces();
  drawLists();
  listOf().reveal();
  remember("push");
}
for (const name of ["watch", "paths"] as const) {
  const tab = find(`tab-${name}`);
  tab.addEventListener("click", () => showList(name));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = name === "watch" ? "paths" : "watch";
    showList(other);
    find(`tab-${other}`).focus();
  });
}

search.value = address.words;
search.addEventListener("input", () => {
  listOf().toTop();
  drawLists();
  remember("replace");
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    search.value = "";
    remember("replace");
    drawLists();
  } else if (event.key === "Enter" || event.key === "ArrowDown") {
    find(address.list === "watch" ? "watch" : "list").focus();
    listOf().enter();
  } else return;
  event.preventDefault();
});
addEventListener("popstate", () => {
  address = parseAddress(location.hash);
  search.value = address.words;
  showPlaces();
  follow();
  draw();
});
showPlaces();

const wider = () => market.zoom(ZOOM);
startKeys({
  "/": () => {
    showSection("paths");
    search.select();
  },
  j: () => listOf().step(1),
  k: () => listOf().step(-1),
  i: () => watch.stepInstrument(1),
  I: () => watch.stepInstrument(-1),
  b: () => market.stepBar(1),
  B: () => market.stepBar(-1),
  "+": wider,
  "=": wider,
  "-": () => market.zoom(1 / ZOOM),
  "0": () => market.zoom(0),
  l: () => showList(address.list === "watch" ? "paths" : "watch"),
  s: () => watch.togglePin(),
  c: () => copies.copyPath(),
  d: () => market.save(),
  a: () => {
    showSection("paths");
    commands.focus();
  },
  u: () => commands.unsubscribe(market.chosen()),
  R: () => commands.reload(),
  p: () => setGroup(address.group === "problems" ? "all" : "problems"),
  r: () => market.toggleRow(),
  w: () => log.toggleWarnings(),
  t: nextTheme,
});
