/** Written by scripts/page.ts from what is below web/; do not edit. */
export const APP = `// web/companions.ts
var BOOKS = [
  "books",
  "books-l2-tbt",
  "books50-l2-tbt",
  "books-rpi",
  "depth_l2_tbt",
  "depth",
  "books5",
  "depth5"
];
function companionsOf(paths2, chosen2, kept) {
  if (chosen2 === void 0) return {
    candles: void 0,
    book: void 0,
    trades: void 0
  };
  const related = [
    ...paths2
  ].filter(({ server, subject }) => server === chosen2.server && subject === chosen2.subject && subject !== "");
  const choose2 = (kind, before, rank) => {
    if (chosen2.kind === kind) return chosen2;
    const found = related.filter((path) => path.kind === kind);
    const same = found.find(({ id }) => id === before?.id) ?? found.find((path) => alike(path, before));
    return same ?? found.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))[0];
  };
  return {
    candles: choose2("candle", kept?.candles, candleRank),
    book: choose2("book", kept?.book, bookRank),
    trades: choose2("trades", kept?.trades, () => 0)
  };
}
function firstChoice(paths2) {
  const all = [
    ...paths2
  ].sort((a, b) => a.path < b.path ? -1 : 1);
  const candles = all.filter(({ kind }) => kind === "candle");
  const rich = (path) => {
    const { book, trades } = companionsOf(all, path);
    return (book === void 0 ? 0 : 1) + (trades === void 0 ? 0 : 1);
  };
  return candles.sort((a, b) => rich(b) - rich(a) || candleRank(a) - candleRank(b))[0] ?? all.find(({ kind }) => kind === "book" || kind === "trades") ?? all[0];
}
function channelOf({ path }) {
  return path.slice(0, path.indexOf(":"));
}
function alike(path, other) {
  return other !== void 0 && channelOf(path) === channelOf(other);
}
function candleRank(path) {
  const channel = channelOf(path);
  const derived = /(^|\\/)(index|mark)/.test(channel) ? 1e9 : 0;
  const match = /candle(\\d+)([a-zA-Z]*)/.exec(channel);
  const unit = {
    s: 1,
    m: 60,
    H: 3600,
    D: 86400,
    W: 604800,
    M: 2592e3
  };
  const seconds = Number(match?.[1] ?? 0) * (unit[match?.[2]?.slice(0, 1) ?? ""] ?? 1);
  return derived + (seconds < 60 ? 1e8 : seconds);
}
function bookRank(path) {
  const rank = BOOKS.indexOf(channelOf(path).split("/").at(-1) ?? "");
  return rank < 0 ? BOOKS.length : rank;
}

// web/dom.ts
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key2, value] of Object.entries(attributes)) element.setAttribute(key2, value);
  element.append(...children);
  return element;
}
function find(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(\`There is no #\${id}\`);
  return element;
}
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
function resize(parent, count, create) {
  while (parent.childElementCount > count) parent.lastElementChild?.remove();
  while (parent.childElementCount < count) parent.append(create());
}

// web/format.ts
function formatAge(ms) {
  if (!Number.isFinite(ms) || ms < 0) return "";
  if (ms < 1e3) return \`\${Math.round(ms / 10) * 10} ms\`;
  if (ms < 1e4) return \`\${(ms / 1e3).toFixed(1)} s\`;
  if (ms < 12e4) return \`\${Math.round(ms / 1e3)} s\`;
  if (ms < 72e5) return \`\${Math.round(ms / 6e4)} m\`;
  if (ms < 1728e5) return \`\${Math.round(ms / 36e5)} h\`;
  return \`\${Math.round(ms / 864e5)} d\`;
}
function formatCount(value) {
  if (!Number.isFinite(value)) return "\\u2013";
  if (value >= 1e6) return \`\${(value / 1e6).toFixed(1)}M\`;
  if (value >= 1e5) return \`\${Math.round(value / 1e3)}k\`;
  if (value >= 1e4) return \`\${(value / 1e3).toFixed(1)}k\`;
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toFixed(1);
}
function formatSum(value, largest) {
  if (largest >= 1e4) return formatCount(value);
  return formatFixed(value, largest >= 100 ? 1 : largest >= 10 ? 2 : largest >= 1 ? 3 : 4);
}
function formatBytes(value) {
  if (value < 1e3) return \`\${Math.round(value)} B\`;
  if (value < 1e6) return \`\${Math.round(value / 1e3)} kB\`;
  return value < 1e9 ? \`\${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} MB\` : \`\${(value / 1e9).toFixed(2)} GB\`;
}
function formatMillis(value) {
  if (value === null || value === void 0) return "\\u2013";
  if (value < 1) return value.toFixed(2);
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
function formatClock(at) {
  return new Date(at).toLocaleTimeString("en-GB");
}
function decimalsOf(text) {
  const match = /^-?\\d+\\.(\\d+)$/.exec(text);
  return match === null ? 0 : match[1].length;
}
function formatFixed(value, decimals2) {
  if (!Number.isFinite(value)) return "\\u2013";
  return value.toLocaleString("en", {
    minimumFractionDigits: decimals2,
    maximumFractionDigits: decimals2
  });
}

// web/texts_en.ts
var PAGE_EN = {
  "page.skip": "Skip to the search",
  "page.connecting": "connecting",
  "page.no_connection": "No connection",
  "page.ready": "Ready",
  "page.stopping": "Stopping",
  "page.not_ready": "Not ready: {count}",
  "page.lost": "No connection to okws. Trying again; what is shown is the last that was received.",
  "page.more": "and {count} more",
  "page.rows_rate": "Rows/s",
  "page.messages_rate": "Messages/s",
  "page.to_redis": "To Redis",
  "page.waiting_bytes": "Waiting",
  "page.redis": "Redis",
  "page.redis_away": "away",
  "page.redis_ok": "ok",
  "page.memory": "Memory",
  "page.up": "Up",
  "page.theme_hint": "Theme (t)",
  "page.theme": "Theme: {theme}",
  "page.theme_system": "system",
  "page.theme_light": "light",
  "page.theme_dark": "dark",
  "page.keys_hint": "Keys (?)",
  "page.keys_label": "Keyboard shortcuts",
  "page.other_language": "\\u4E2D\\u6587",
  "page.connections": "Connections",
  "page.connected": "{up} of {all} connected",
  "page.paths_one": "{count} path",
  "page.paths_many": "{count} paths",
  "page.attempt": "attempt {count}: {reason}",
  "page.subscriptions": "Subscriptions",
  "page.search": "Search paths",
  "page.state": "State",
  "page.order": "Order",
  "page.paths_label": "Subscribed paths",
  "page.all": "All",
  "page.live": "Live",
  "page.waiting": "Waiting",
  "page.problems": "Problems",
  "page.path": "Path",
  "page.age": "Age",
  "page.shown": "{shown} of {all}",
  "page.none_subscribed": "Nothing is subscribed.",
  "page.no_match": "No path matches.",
  "page.on": "on {connection}",
  "page.promised": "promised every {time}",
  "page.candles": "Candles",
  "page.candle_path": "Candle path",
  "page.candles_label": "Candles with volume",
  "page.book": "Order book",
  "page.book_path": "Order book path",
  "page.price": "Price",
  "page.size": "Size",
  "page.total": "Total",
  "page.time": "Time",
  "page.market_label": "Trades and rows",
  "page.tabs_label": "Trades or row",
  "page.volume": "Vol",
  "page.spread": "spread {spread} \\xB7 {points} bp",
  "page.trades": "Trades",
  "page.row": "Row",
  "page.choose": "Choose a path.",
  "page.none_here": "No {what} here.",
  "page.none_of": "No {what} of {subject}.",
  "page.what_candles": "candles",
  "page.what_book": "order book",
  "page.what_trades": "trades",
  "page.accounts": "Rows of an account are shown only where HTTP_PASSWORD is set.",
  "page.no_row": "No row yet.",
  "page.no_trade": "No trade yet.",
  "page.throughput": "Throughput",
  "page.throughput_label": "Rows and commands per second",
  "page.delay": "Receipt to Redis, ms",
  "page.delay_label": "Latency in milliseconds",
  "page.legend_rows": "rows/s",
  "page.legend_commands": "commands/s",
  "page.legend_median": "median",
  "page.events": "Events",
  "page.warnings_only": "Warnings only",
  "page.events_label": "Events, newest first",
  "page.sections": "Sections",
  "page.tab_paths": "Paths",
  "page.tab_market": "Market",
  "page.tab_activity": "Activity",
  "page.keyboard": "Keyboard",
  "page.key_search": "search paths",
  "page.key_step": "next and previous path",
  "page.key_problems": "only problems, and back",
  "page.key_row": "trades or the selected row",
  "page.key_warnings": "only warnings in the events",
  "page.key_theme": "theme: system, light, dark",
  "page.key_escape": "clear the search",
  "page.key_help": "this list",
  "page.close": "Close"
};

// web/texts_zh.ts
var PAGE_ZH = {
  "page.skip": "\\u8DF3\\u5230\\u641C\\u7D22",
  "page.connecting": "\\u6B63\\u5728\\u8FDE\\u63A5",
  "page.no_connection": "\\u6CA1\\u6709\\u8FDE\\u63A5",
  "page.ready": "\\u5C31\\u7EEA",
  "page.stopping": "\\u6B63\\u5728\\u505C\\u6B62",
  "page.not_ready": "\\u672A\\u5C31\\u7EEA\\uFF1A{count}",
  "page.lost": "\\u4E0E okws \\u7684\\u8FDE\\u63A5\\u5DF2\\u65AD\\u5F00\\uFF0C\\u6B63\\u5728\\u91CD\\u8BD5\\uFF1B\\u6240\\u663E\\u793A\\u7684\\u662F\\u6700\\u540E\\u6536\\u5230\\u7684\\u6570\\u636E\\u3002",
  "page.more": "\\u53E6\\u6709 {count} \\u9879",
  "page.rows_rate": "\\u6BCF\\u79D2\\u884C\\u6570",
  "page.messages_rate": "\\u6BCF\\u79D2\\u6D88\\u606F",
  "page.to_redis": "\\u5230 Redis",
  "page.waiting_bytes": "\\u6392\\u961F",
  "page.redis": "Redis",
  "page.redis_away": "\\u65AD\\u5F00",
  "page.redis_ok": "\\u6B63\\u5E38",
  "page.memory": "\\u5185\\u5B58",
  "page.up": "\\u5DF2\\u8FD0\\u884C",
  "page.theme_hint": "\\u4E3B\\u9898\\uFF08t\\uFF09",
  "page.theme": "\\u4E3B\\u9898\\uFF1A{theme}",
  "page.theme_system": "\\u8DDF\\u968F\\u7CFB\\u7EDF",
  "page.theme_light": "\\u6D45\\u8272",
  "page.theme_dark": "\\u6DF1\\u8272",
  "page.keys_hint": "\\u5FEB\\u6377\\u952E\\uFF08?\\uFF09",
  "page.keys_label": "\\u952E\\u76D8\\u5FEB\\u6377\\u952E",
  "page.other_language": "English",
  "page.connections": "\\u8FDE\\u63A5",
  "page.connected": "\\u5DF2\\u8FDE\\u63A5 {up} / {all}",
  "page.paths_one": "{count} \\u4E2A\\u8DEF\\u5F84",
  "page.paths_many": "{count} \\u4E2A\\u8DEF\\u5F84",
  "page.attempt": "\\u7B2C {count} \\u6B21\\u5C1D\\u8BD5\\uFF1A{reason}",
  "page.subscriptions": "\\u8BA2\\u9605",
  "page.search": "\\u641C\\u7D22\\u8DEF\\u5F84",
  "page.state": "\\u72B6\\u6001",
  "page.order": "\\u6392\\u5E8F",
  "page.paths_label": "\\u5DF2\\u8BA2\\u9605\\u7684\\u8DEF\\u5F84",
  "page.all": "\\u5168\\u90E8",
  "page.live": "\\u5B9E\\u65F6",
  "page.waiting": "\\u7B49\\u5F85",
  "page.problems": "\\u6709\\u95EE\\u9898",
  "page.path": "\\u8DEF\\u5F84",
  "page.age": "\\u5E74\\u9F84",
  "page.shown": "{shown} / {all}",
  "page.none_subscribed": "\\u6CA1\\u6709\\u4EFB\\u4F55\\u8BA2\\u9605\\u3002",
  "page.no_match": "\\u6CA1\\u6709\\u5339\\u914D\\u7684\\u8DEF\\u5F84\\u3002",
  "page.on": "\\u5728 {connection} \\u4E0A",
  "page.promised": "\\u627F\\u8BFA\\u6BCF {time} \\u4E00\\u6B21",
  "page.candles": "K \\u7EBF",
  "page.candle_path": "K \\u7EBF\\u8DEF\\u5F84",
  "page.candles_label": "K \\u7EBF\\u4E0E\\u6210\\u4EA4\\u91CF",
  "page.book": "\\u8BA2\\u5355\\u7C3F",
  "page.book_path": "\\u8BA2\\u5355\\u7C3F\\u8DEF\\u5F84",
  "page.price": "\\u4EF7\\u683C",
  "page.size": "\\u6570\\u91CF",
  "page.total": "\\u7D2F\\u8BA1",
  "page.time": "\\u65F6\\u95F4",
  "page.market_label": "\\u6210\\u4EA4\\u4E0E\\u6570\\u636E\\u884C",
  "page.tabs_label": "\\u6210\\u4EA4\\u6216\\u6570\\u636E\\u884C",
  "page.volume": "\\u6210\\u4EA4\\u91CF",
  "page.spread": "\\u4EF7\\u5DEE {spread} \\xB7 {points} bp",
  "page.trades": "\\u6210\\u4EA4",
  "page.row": "\\u6570\\u636E\\u884C",
  "page.choose": "\\u8BF7\\u9009\\u62E9\\u4E00\\u4E2A\\u8DEF\\u5F84\\u3002",
  "page.none_here": "\\u8FD9\\u91CC\\u6CA1\\u6709{what}\\u3002",
  "page.none_of": "\\u6CA1\\u6709 {subject} \\u7684{what}\\u3002",
  "page.what_candles": "K \\u7EBF",
  "page.what_book": "\\u8BA2\\u5355\\u7C3F",
  "page.what_trades": "\\u6210\\u4EA4",
  "page.accounts": "\\u53EA\\u6709\\u8BBE\\u7F6E\\u4E86 HTTP_PASSWORD \\u624D\\u663E\\u793A\\u8D26\\u6237\\u7684\\u6570\\u636E\\u3002",
  "page.no_row": "\\u8FD8\\u6CA1\\u6709\\u6570\\u636E\\u884C\\u3002",
  "page.no_trade": "\\u8FD8\\u6CA1\\u6709\\u6210\\u4EA4\\u3002",
  "page.throughput": "\\u541E\\u5410\\u91CF",
  "page.throughput_label": "\\u6BCF\\u79D2\\u7684\\u884C\\u6570\\u548C\\u547D\\u4EE4\\u6570",
  "page.delay": "\\u4ECE\\u6536\\u5230\\u5230 Redis\\uFF0C\\u6BEB\\u79D2",
  "page.delay_label": "\\u5EF6\\u8FDF\\uFF0C\\u6BEB\\u79D2",
  "page.legend_rows": "\\u884C/\\u79D2",
  "page.legend_commands": "\\u547D\\u4EE4/\\u79D2",
  "page.legend_median": "\\u4E2D\\u4F4D\\u6570",
  "page.events": "\\u4E8B\\u4EF6",
  "page.warnings_only": "\\u53EA\\u770B\\u8B66\\u544A",
  "page.events_label": "\\u4E8B\\u4EF6\\uFF0C\\u6700\\u65B0\\u5728\\u524D",
  "page.sections": "\\u680F\\u76EE",
  "page.tab_paths": "\\u8DEF\\u5F84",
  "page.tab_market": "\\u884C\\u60C5",
  "page.tab_activity": "\\u6D3B\\u52A8",
  "page.keyboard": "\\u952E\\u76D8",
  "page.key_search": "\\u641C\\u7D22\\u8DEF\\u5F84",
  "page.key_step": "\\u4E0B\\u4E00\\u4E2A\\u548C\\u4E0A\\u4E00\\u4E2A\\u8DEF\\u5F84",
  "page.key_problems": "\\u53EA\\u770B\\u6709\\u95EE\\u9898\\u7684\\uFF0C\\u518D\\u6309\\u6062\\u590D",
  "page.key_row": "\\u6210\\u4EA4\\u6216\\u6240\\u9009\\u7684\\u6570\\u636E\\u884C",
  "page.key_warnings": "\\u4E8B\\u4EF6\\u4E2D\\u53EA\\u770B\\u8B66\\u544A",
  "page.key_theme": "\\u4E3B\\u9898\\uFF1A\\u8DDF\\u968F\\u7CFB\\u7EDF\\u3001\\u6D45\\u8272\\u3001\\u6DF1\\u8272",
  "page.key_escape": "\\u6E05\\u9664\\u641C\\u7D22",
  "page.key_help": "\\u672C\\u5217\\u8868",
  "page.close": "\\u5173\\u95ED"
};

// web/texts.ts
var LANGUAGES = [
  "en",
  "zh"
];
var STORED = "okws-language";
var PLACES = {
  "data-label": "aria-label",
  "data-hint": "title",
  "data-prompt": "placeholder"
};
function chooseLanguage(chosen2, preferred) {
  const isLanguage = (name) => LANGUAGES.find((each) => each === name);
  return isLanguage(chosen2 ?? void 0) ?? preferred.map((tag) => isLanguage(tag.toLowerCase().split("-")[0])).find((each) => each !== void 0) ?? "en";
}
function fillIn(language2, key2, params = {}) {
  const text = (language2 === "zh" ? PAGE_ZH[key2] : void 0) ?? PAGE_EN[key2];
  return text.replace(/\\{([a-z]\\w*)\\}/g, (_, name) => String(params[name] ?? ""));
}
var language = "en";
function t(key2, ...[params]) {
  return fillIn(language, key2, params);
}
function startTexts() {
  language = chooseLanguage(stored(), navigator.languages);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) {
    setText(element, fillIn(language, element.getAttribute("data-text")));
  }
  for (const [source, target] of Object.entries(PLACES)) {
    for (const element of document.querySelectorAll(\`[\${source}]\`)) {
      setAttribute(element, target, fillIn(language, element.getAttribute(source)));
    }
  }
  const button = find("language");
  setText(button, language === "zh" ? "EN" : "\\u4E2D");
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(STORED, language === "zh" ? "en" : "zh");
      location.reload();
    } catch {
    }
  });
}
function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

// web/connections_panel.ts
function drawConnections(model2) {
  const servers = model2.tick?.servers ?? [];
  const all = servers.flatMap((server) => server.connections.map((connection) => ({
    server,
    connection
  })));
  const list = find("connections");
  resize(list, all.length, createItem);
  for (const [i, { server, connection }] of all.entries()) {
    fillItem(list.children[i], server, connection, model2.now());
  }
  const needed = all.filter(({ connection }) => connection.state !== "idle");
  const up = needed.filter(({ connection }) => connection.state === "connected").length;
  setText(find("connection-count"), needed.length === 0 ? "" : t("page.connected", {
    up,
    all: needed.length
  }));
}
function createItem() {
  return make("li", {}, make("i", {
    class: "dot",
    "aria-hidden": "true"
  }), make("span", {
    class: "name"
  }, make("span"), make("small")), make("span", {
    class: "since"
  }), make("span", {
    class: "count"
  }), make("span", {
    class: "why",
    hidden: ""
  }));
}
function fillItem(item, server, connection, now) {
  const { endpoint, state, since, attempts = 0, lastError, url = "", connId = "" } = connection;
  const [, name, when, count, why] = item.children;
  setAttribute(item, "data-state", state);
  setText(name.children[0], \`\${server.name} \`);
  setText(name.children[1], endpoint);
  setText(when, since === void 0 ? state : \`\${state} \${formatAge(Math.max(0, now - since))}\`);
  const { subscriptions } = connection;
  setText(count, subscriptions === void 0 ? "" : countPaths(subscriptions));
  const isDown = state === "waiting" || state === "connecting";
  why.hidden = !isDown || lastError === "";
  const reason = attempts > 1 ? t("page.attempt", {
    count: attempts,
    reason: lastError
  }) : lastError;
  setText(why, why.hidden ? "" : reason);
  setAttribute(item, "title", [
    url,
    connId === "" ? "" : \`connId \${connId}\`
  ].filter(Boolean).join(" \\xB7 "));
}
function countPaths(count) {
  return count === 1 ? t("page.paths_one", {
    count
  }) : t("page.paths_many", {
    count
  });
}

// web/graphs_panel.ts
import { AreaSeries, createChart as createChart2, LineSeries } from "./charts.js";

// web/chart_panel.ts
import { CandlestickSeries, ColorType, createChart, CrosshairMode, HistogramSeries } from "./charts.js";

// web/rows.ts
function readBar(row) {
  const at = readTime(row.ts ?? row.timestamp ?? row.time);
  const texts = [
    row.open,
    row.high,
    row.low,
    row.close
  ].map(textOf);
  const [open, high, low, close] = texts.map(Number);
  if (![
    at,
    open,
    high,
    low,
    close
  ].every(Number.isFinite)) return void 0;
  const volume = Number(textOf(row.vol ?? row.volume ?? "0"));
  return {
    time: Math.floor(at / 1e3),
    ...{
      open,
      high,
      low,
      close
    },
    volume: Number.isFinite(volume) ? volume : 0,
    decimals: Math.max(...texts.map(decimals))
  };
}
function readTrade(row) {
  const at = readTime(row.ts ?? row.timestamp);
  const price = textOf(row.px ?? row.price);
  const size = textOf(row.sz ?? row.size ?? row.qty);
  if (!Number.isFinite(at) || !Number.isFinite(Number(price)) || price === "") return void 0;
  const id = textOf(row.tradeId ?? row.trade_id) || \`\${at} \${price} \${size}\`;
  return {
    id,
    at,
    side: row.side === "sell" ? "sell" : "buy",
    price,
    size
  };
}
function readBook(row) {
  const bids = readLevels(row.bids);
  const asks = readLevels(row.asks);
  const both = [
    ...bids.texts,
    ...asks.texts
  ];
  return {
    bids: bids.levels,
    asks: asks.levels,
    at: readTime(row.ts ?? row.timestamp),
    state: textOf(row.state) || "live",
    priceDecimals: Math.max(0, ...both.map(([price]) => decimals(price))),
    sizeDecimals: Math.min(6, Math.max(0, ...both.map(([, size]) => decimals(size))))
  };
}
function readLevels(value) {
  let list = value;
  if (typeof value === "string") {
    try {
      list = JSON.parse(value);
    } catch {
      list = [];
    }
  }
  const levels = [];
  const texts = [];
  let total = 0;
  for (const each of Array.isArray(list) ? list : []) {
    if (!Array.isArray(each)) continue;
    const price = textOf(each[0]);
    const size = Number(textOf(each[1]));
    if (price === "" || !Number.isFinite(Number(price)) || !Number.isFinite(size)) continue;
    total += size;
    levels.push({
      price,
      size,
      total
    });
    texts.push([
      price,
      textOf(each[1])
    ]);
  }
  return {
    levels,
    texts
  };
}
function readTime(value) {
  const text = textOf(value);
  if (/^\\d{9,11}$/.test(text)) return Number(text) * 1e3;
  return /^\\d+$/.test(text) ? Number(text) : Date.parse(text);
}
function textOf(value) {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
function decimals(text) {
  const point = text.indexOf(".");
  return point < 0 ? 0 : Math.min(10, text.length - point - 1);
}

// web/theme.ts
var THEMES = [
  "system",
  "light",
  "dark"
];
var SIGNS = {
  system: "\\u25D0",
  light: "\\u2600",
  dark: "\\u263E"
};
var NAMES = {
  system: "page.theme_system",
  light: "page.theme_light",
  dark: "page.theme_dark"
};
var STORED2 = "okws-theme";
function startTheme(onChange) {
  const button = find("theme");
  const show = (theme2) => {
    if (theme2 === "system") document.documentElement.removeAttribute("data-theme");
    else setAttribute(document.documentElement, "data-theme", theme2);
    setText(button, SIGNS[theme2]);
    setAttribute(button, "aria-label", t("page.theme", {
      theme: t(NAMES[theme2])
    }));
  };
  let theme = stored2();
  const next = () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
    try {
      localStorage.setItem(STORED2, theme);
    } catch {
    }
    show(theme);
    onChange();
  };
  show(theme);
  button.addEventListener("click", next);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);
  return next;
}
function stored2() {
  try {
    return THEMES.find((each) => each === localStorage.getItem(STORED2)) ?? "system";
  } catch {
    return "system";
  }
}
function color(name) {
  const probe = find("probe");
  probe.style.color = \`var(\${name})\`;
  return getComputedStyle(probe).color;
}

// web/chart_panel.ts
var MAX_BARS = 1500;
var BAR_WIDTH = 7;
function startChartPanel() {
  const box = find("chart");
  const empty = find("chart-empty");
  const legend = find("legend");
  const chart = createChart(box, {
    autoSize: true,
    // The page has a notice of its own: the library's needs a style that the page's policy forbids.
    layout: {
      attributionLogo: false,
      fontSize: 11,
      panes: {
        enableResize: false
      }
    },
    crosshair: {
      mode: CrosshairMode.Normal
    },
    rightPriceScale: {
      borderVisible: false,
      entireTextOnly: true,
      scaleMargins: {
        top: 0.08,
        bottom: 0.24
      }
    },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      secondsVisible: false,
      rightOffset: 4
    },
    localization: {
      timeFormatter: formatStamp
    }
  });
  const candles = chart.addSeries(CandlestickSeries, {
    borderVisible: false
  });
  const volumes = chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    priceFormat: {
      type: "volume"
    },
    lastValueVisible: false,
    priceLineVisible: false
  });
  chart.priceScale("volume").applyOptions({
    scaleMargins: {
      top: 0.82,
      bottom: 0
    }
  });
  const bars = /* @__PURE__ */ new Map();
  let decimals2 = 0;
  let hovered;
  const showLegend = () => {
    const bar = bars.get(hovered ?? NaN) ?? [
      ...bars.values()
    ].at(-1);
    legend.replaceChildren(...bar === void 0 ? [] : legendOf(bar, decimals2));
  };
  chart.subscribeCrosshairMove(({ time }) => {
    hovered = typeof time === "number" ? time : void 0;
    showLegend();
  });
  const showNewest = () => {
    const last = bars.size - 1;
    const count = Math.max(20, Math.floor(box.clientWidth / BAR_WIDTH));
    chart.timeScale().setVisibleLogicalRange({
      from: last - count,
      to: last + 4
    });
  };
  let width = box.clientWidth;
  new ResizeObserver(() => {
    const before = width;
    width = box.clientWidth;
    if (before === 0 && width > 0) requestAnimationFrame(showNewest);
  }).observe(box);
  const setDecimals = (bar) => {
    if (bar.decimals <= decimals2) return;
    decimals2 = bar.decimals;
    candles.applyOptions({
      priceFormat: {
        type: "price",
        precision: decimals2,
        minMove: 1 / 10 ** decimals2
      }
    });
  };
  const paint = () => {
    paintChart(chart, {
      candles,
      volumes
    });
    volumes.setData([
      ...bars.values()
    ].map(volumeOf));
  };
  paint();
  return {
    setRows(rows) {
      setText(empty, "");
      bars.clear();
      decimals2 = 0;
      const read = rows.map(readBar).filter((bar) => bar !== void 0).sort((a, b) => a.time - b.time);
      for (const bar of read) bars.set(bar.time, bar);
      for (const bar of bars.values()) setDecimals(bar);
      candles.setData([
        ...bars.values()
      ].map(candleOf));
      volumes.setData([
        ...bars.values()
      ].map(volumeOf));
      showNewest();
      showLegend();
    },
    addRows(rows) {
      let newest = Math.max(-Infinity, ...bars.keys());
      let isInOrder = true;
      for (const bar of rows.map(readBar).filter((each) => each !== void 0)) {
        bars.set(bar.time, bar);
        setDecimals(bar);
        isInOrder &&= bar.time >= newest;
        newest = Math.max(newest, bar.time);
        if (!isInOrder) continue;
        candles.update(candleOf(bar));
        volumes.update(volumeOf(bar));
      }
      if (!isInOrder) {
        const inOrder = [
          ...bars.values()
        ].sort((a, b) => a.time - b.time);
        bars.clear();
        for (const each of inOrder) bars.set(each.time, each);
        candles.setData(inOrder.map(candleOf));
        volumes.setData(inOrder.map(volumeOf));
      }
      while (bars.size > MAX_BARS) bars.delete([
        ...bars.keys()
      ][0]);
      showLegend();
    },
    clear(...words) {
      bars.clear();
      candles.setData([]);
      volumes.setData([]);
      showLegend();
      empty.replaceChildren(...words);
    },
    paint
  };
}
function paintBase(chart) {
  const grid = {
    color: color("--grid")
  };
  const line = {
    color: color("--faint"),
    labelBackgroundColor: color("--dim")
  };
  chart.applyOptions({
    layout: {
      background: {
        type: ColorType.Solid,
        color: color("--panel")
      },
      textColor: color("--faint"),
      fontFamily: getComputedStyle(document.body).fontFamily
    },
    grid: {
      vertLines: grid,
      horzLines: grid
    },
    crosshair: {
      vertLine: line,
      horzLine: line
    }
  });
}
function paintChart(chart, { candles }) {
  paintBase(chart);
  const [upColor, downColor] = [
    color("--up"),
    color("--down")
  ];
  candles.applyOptions({
    upColor,
    downColor,
    wickUpColor: upColor,
    wickDownColor: downColor
  });
}
function candleOf({ time, open, high, low, close }) {
  return {
    time,
    open,
    high,
    low,
    close
  };
}
function volumeOf({ time, open, close, volume }) {
  return {
    time,
    value: volume,
    color: color(close < open ? "--down-fill" : "--up-fill")
  };
}
function legendOf(bar, decimals2) {
  const direction = bar.close < bar.open ? "down" : "up";
  const price = (name, value) => make("span", {}, \`\${name} \`, make("b", {
    class: direction
  }, formatFixed(value, decimals2)));
  const change = bar.open === 0 ? 0 : (bar.close / bar.open - 1) * 100;
  return [
    price("O", bar.open),
    price("H", bar.high),
    price("L", bar.low),
    price("C", bar.close),
    make("b", {
      class: direction
    }, \`\${change < 0 ? "\\u2212" : "+"}\${Math.abs(change).toFixed(2)}%\`),
    make("span", {}, \`\${t("page.volume")} \`, make("b", {}, formatCount(bar.volume)))
  ];
}
function formatStamp(time) {
  if (typeof time !== "number") return "";
  return \`\${new Date(time * 1e3).toISOString().slice(0, 16).replace("T", " ")} UTC\`;
}

// web/graphs_panel.ts
function startGraphsPanel() {
  const flow = startGraph("flow", formatCount, [
    "rows",
    "writes"
  ]);
  const delay = startGraph("delay", formatMillis, [
    "p50",
    "p99"
  ]);
  const tell = (sample) => {
    if (sample === void 0) return;
    find("flow-legend").replaceChildren(key("a", t("page.legend_rows"), formatCount(sample.rows)), key("b", t("page.legend_commands"), formatCount(sample.writes)));
    find("delay-legend").replaceChildren(key("a", t("page.legend_median"), formatMillis(sample.p50)), key("c", "p99", formatMillis(sample.p99)));
  };
  return {
    set(samples) {
      for (const graph of [
        flow,
        delay
      ]) graph.set(samples);
      tell(samples.at(-1));
    },
    add(samples) {
      for (const graph of [
        flow,
        delay
      ]) graph.add(samples);
      tell(samples.at(-1));
    },
    paint() {
      for (const graph of [
        flow,
        delay
      ]) graph.paint();
    }
  };
}
function startGraph(id, format, fields) {
  const chart = createChart2(find(id), {
    autoSize: true,
    layout: {
      attributionLogo: false,
      fontSize: 10
    },
    rightPriceScale: {
      borderVisible: false,
      entireTextOnly: true,
      scaleMargins: {
        top: 0.12,
        bottom: 0.02
      }
    },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      secondsVisible: false,
      lockVisibleTimeRangeOnResize: true,
      tickMarkFormatter: (time) => clock(time)
    },
    handleScroll: false,
    handleScale: false,
    localization: {
      priceFormatter: format,
      timeFormatter: clock
    }
  });
  const plain = {
    lineWidth: 1,
    priceLineVisible: false,
    lastValueVisible: false
  };
  const autoscaleInfoProvider = (original) => {
    const found = original();
    const top = found?.priceRange?.maxValue ?? 1;
    return {
      priceRange: {
        minValue: 0,
        maxValue: Math.max(top, 1e-3)
      }
    };
  };
  const first = chart.addSeries(AreaSeries, {
    ...plain,
    autoscaleInfoProvider
  });
  const second = chart.addSeries(LineSeries, {
    ...plain,
    autoscaleInfoProvider
  });
  const paint = () => {
    paintBase(chart);
    const accent = color("--accent");
    const fade = (alpha) => accent.replace(/^rgb\\((.*)\\)$/, \`rgba($1, \${alpha})\`);
    first.applyOptions({
      lineColor: accent,
      topColor: fade(0.22),
      bottomColor: fade(0.02)
    });
    second.applyOptions({
      color: color(fields[1] === "p99" ? "--warn" : "--faint")
    });
  };
  paint();
  return {
    set(samples) {
      first.setData(samples.map((sample) => pointOf(sample, fields[0])));
      second.setData(samples.map((sample) => pointOf(sample, fields[1])));
      chart.timeScale().fitContent();
    },
    add(samples) {
      for (const sample of samples) {
        first.update(pointOf(sample, fields[0]));
        second.update(pointOf(sample, fields[1]));
      }
      chart.timeScale().fitContent();
    },
    paint
  };
}
function pointOf(sample, field) {
  const time = Math.floor(sample.at / 1e3);
  const value = sample[field];
  return value === null ? {
    time
  } : {
    time,
    value
  };
}
function key(kind, name, value) {
  return make("span", {
    class: kind
  }, make("i", {
    "aria-hidden": "true"
  }), \`\${name} \`, make("b", {}, value));
}
function clock(time) {
  return typeof time === "number" ? new Date(time * 1e3).toLocaleTimeString("en-GB") : "";
}

// web/header.ts
var STATS = [
  ...[
    "page.rows_rate",
    "page.messages_rate",
    "page.to_redis",
    "page.waiting_bytes"
  ],
  ...[
    "page.redis",
    "page.memory",
    "page.up"
  ]
];
function startHeader(model2) {
  const pill = find("ready");
  const words = pill.lastElementChild;
  const faults = find("faults");
  let open = false;
  const values = new Map(STATS.map((name) => {
    const value = make("dd", {}, "\\u2013");
    find("stats").append(make("div", {}, make("dt", {}, t(name)), value));
    return [
      name,
      value
    ];
  }));
  pill.addEventListener("click", () => {
    open = !open;
    drawFaults();
  });
  const drawFaults = () => {
    const { tick } = model2;
    const list = tick?.faults ?? [];
    const more = (tick?.faultCount ?? 0) - list.length;
    const lost = document.body.dataset.link === "lost";
    const lines = lost ? [
      t("page.lost")
    ] : [
      ...list,
      ...more > 0 ? [
        t("page.more", {
          count: more
        })
      ] : []
    ];
    faults.hidden = lines.length === 0 || !(open || lost);
    setAttribute(faults, "data-level", lost ? "bad" : "warn");
    setAttribute(pill, "aria-expanded", String(!faults.hidden));
    const text = lines.join("\\n");
    if (faults.dataset.text === text) return;
    faults.dataset.text = text;
    faults.replaceChildren(...lines.map((line) => make("div", {}, line)));
  };
  return {
    draw(link2) {
      const { tick } = model2;
      const count = tick?.faultCount ?? 0;
      const isDown = tick?.stopping === true || (tick?.outage ?? "") !== "";
      const [level, text] = link2 === "lost" ? [
        "bad",
        t("page.no_connection")
      ] : tick === void 0 ? [
        "",
        t("page.connecting")
      ] : count === 0 ? [
        "ok",
        t("page.ready")
      ] : [
        isDown ? "bad" : "warn",
        tick.stopping ? t("page.stopping") : t("page.not_ready", {
          count
        })
      ];
      setAttribute(pill, "data-level", level);
      setText(words, text);
      document.title = level === "ok" ? "okws" : \`\${text} \\u2013 okws\`;
      setText(find("version"), tick?.version ?? "");
      drawFaults();
      drawStats();
    }
  };
  function drawStats() {
    const { tick } = model2;
    if (tick === void 0) return;
    const sample = model2.samples.at(-1);
    const set = (name, text) => setText(values.get(name), text);
    set("page.rows_rate", formatCount(sample?.rows ?? 0));
    set("page.messages_rate", formatCount(sample?.messages ?? 0));
    set("page.to_redis", sample?.p50 === null || sample === void 0 ? "\\u2013" : \`\${formatMillis(sample.p50)} ms\`);
    set("page.waiting_bytes", formatBytes(tick.totals.queuedBytes ?? 0));
    set("page.redis", t(tick.outage === "" ? "page.redis_ok" : "page.redis_away"));
    values.get("page.redis").className = tick.outage === "" ? "up" : "down";
    set("page.memory", formatMemory(sample?.residentBytes ?? null));
    set("page.up", formatAge(Math.max(0, model2.now() - tick.startedAt)));
  }
}
function formatMemory(bytes) {
  return bytes === null ? "\\u2013" : formatBytes(bytes);
}

// web/keys.ts
function startKeys(actions) {
  const dialog = find("keys");
  const help = () => dialog.open ? dialog.close() : dialog.showModal();
  find("help").addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.matches("input, select, textarea")) return;
    const action = event.key === "?" ? help : dialog.open ? void 0 : actions[event.key];
    if (action === void 0) return;
    event.preventDefault();
    action();
  });
}

// web/log_panel.ts
function startLogPanel(model2) {
  const log2 = find("log");
  const button = find("log-level");
  let warnings = false;
  let drawn = "";
  const draw2 = () => {
    const entries = model2.entries.filter(({ level }) => !warnings || level !== "info");
    const state = \`\${warnings} \${entries.at(-1)?.id} \${entries.length} \${model2.tick?.startedAt}\`;
    if (state === drawn) return;
    drawn = state;
    const lines = entries.toReversed().map(({ at, level, server, text }) => make("div", {
      class: "entry",
      "data-level": level
    }, make("time", {
      datetime: new Date(at).toISOString()
    }, formatClock(at)), make("span", {
      class: "who"
    }, server || "okws"), make("span", {
      class: "what"
    }, text)));
    log2.replaceChildren(...lines);
  };
  const toggleWarnings = () => {
    warnings = !warnings;
    setAttribute(button, "aria-pressed", String(warnings));
    draw2();
  };
  button.addEventListener("click", toggleWarnings);
  return {
    draw: draw2,
    toggleWarnings
  };
}

// web/book_panel.ts
function startBookPanel() {
  const ladder = find("book");
  const empty = find("book-empty");
  const [asks, bids] = [
    make("div"),
    make("div")
  ];
  const [price, detail] = [
    make("b"),
    make("span")
  ];
  ladder.append(asks, make("div", {
    class: "spread"
  }, price, detail), bids);
  let book;
  let lastMiddle = 0;
  const draw2 = () => {
    const rows = Math.max(1, Math.min(25, Math.floor((ladder.clientHeight - 32) / 2 / levelHeight())));
    const best = book?.asks.slice(0, rows) ?? [];
    const worst = Math.max(best.at(-1)?.total ?? 0, book?.bids[Math.min(rows, book.bids.length) - 1]?.total ?? 0);
    drawSide(asks, [
      ...best
    ].reverse(), {
      side: "ask",
      worst,
      book
    });
    drawSide(bids, book?.bids.slice(0, rows) ?? [], {
      side: "bid",
      worst,
      book
    });
    drawSpread();
    ladder.parentElement?.classList.toggle("uncertain", book !== void 0 && book.state !== "live");
    setText(find("book-state"), book === void 0 || book.state === "live" ? "" : book.state);
  };
  const drawSpread = () => {
    const [ask, bid] = [
      Number(book?.asks[0]?.price),
      Number(book?.bids[0]?.price)
    ];
    if (book === void 0 || !Number.isFinite(ask) || !Number.isFinite(bid)) {
      setText(price, "");
      return setText(detail, "");
    }
    const middle = (ask + bid) / 2;
    if (middle !== lastMiddle) price.className = middle < lastMiddle ? "down" : "up";
    lastMiddle = middle;
    setText(price, formatFixed(middle, book.priceDecimals + 1));
    const points = middle === 0 ? 0 : (ask - bid) / middle * 1e4;
    const spread = formatFixed(ask - bid, book.priceDecimals);
    setText(detail, t("page.spread", {
      spread,
      points: points.toFixed(2)
    }));
  };
  new ResizeObserver(draw2).observe(ladder);
  return {
    setRow(row) {
      if (row === void 0) return;
      setText(empty, "");
      book = readBook(row);
      draw2();
    },
    clear(...words) {
      book = void 0;
      draw2();
      empty.replaceChildren(...words);
    }
  };
}
function drawSide(box, levels, { side, worst, book }) {
  resize(box, levels.length, () => {
    const cells = [
      make("i"),
      make("span"),
      make("span"),
      make("span")
    ];
    return make("div", {
      class: "level"
    }, ...cells);
  });
  for (const [i, level] of levels.entries()) {
    const row = box.children[i];
    setAttribute(row, "class", \`level \${side}\`);
    const [bar, price, size, total] = row.children;
    bar.style.width = \`\${worst === 0 ? 0 : Math.round(level.total / worst * 1e3) / 10}%\`;
    setText(price, formatFixed(Number(level.price), book?.priceDecimals ?? 0));
    setText(size, formatFixed(level.size, book?.sizeDecimals ?? 0));
    setText(total, formatSum(level.total, worst));
  }
}
function levelHeight() {
  return matchMedia("(max-width: 760px)").matches ? 22 : 19;
}

// web/row_panel.ts
var MAX_TEXT = 600;
function startRowPanel() {
  const box = find("row");
  const empty = find("row-empty");
  let shown = [];
  let most = 1;
  const draw2 = () => {
    const cells = shown.flatMap((row, n) => Object.entries(row).map(([name, value], i) => ({
      name,
      value,
      split: n > 0 && i === 0
    })));
    resize(box, cells.length, () => make("div", {}, make("dt"), make("dd")));
    for (const [i, { name, value, split }] of cells.entries()) {
      const line = box.children[i];
      setAttribute(line, "class", split ? "split" : "");
      setText(line.children[0], name);
      setText(line.children[1], textOf2(value));
    }
    setText(empty, shown.length === 0 ? t("page.no_row") : "");
  };
  return {
    setRows(rows) {
      most = rows.length > 1 ? 20 : 1;
      shown = rows.slice(-most).reverse();
      draw2();
    },
    addRows(rows) {
      shown = [
        ...[
          ...rows
        ].reverse(),
        ...shown
      ].slice(0, most);
      draw2();
    },
    clear(...words) {
      shown = [];
      draw2();
      empty.replaceChildren(...words);
    }
  };
}
function textOf2(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return text.length > MAX_TEXT ? \`\${text.slice(0, MAX_TEXT)}\\u2026\` : text;
}

// web/source.ts
var SILENT_MS = 15e3;
var RETRY_MS = 1e3;
var MAX_RETRY_MS = 1e4;
var HIDDEN_MS = 2e4;
function openSource(url, handlers, watched) {
  let events;
  let retry;
  let silence;
  let hidden;
  let closed = false;
  let retryMs = RETRY_MS;
  const tell = (link2) => handlers.onLink?.(link2);
  const heard = () => {
    retryMs = RETRY_MS;
    listen();
  };
  const listen = () => {
    clearTimeout(silence);
    if (watched) silence = setTimeout(lose, SILENT_MS);
  };
  const shut = () => {
    clearTimeout(silence);
    clearTimeout(retry);
    events?.close();
    events = void 0;
  };
  const lose = () => {
    shut();
    tell("lost");
    retry = setTimeout(open, retryMs);
    if (!watched) retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  };
  const open = () => {
    shut();
    if (closed) return;
    const own = new EventSource(url);
    events = own;
    for (const [name, act] of Object.entries(handlers.on)) {
      own.addEventListener(name, (event) => {
        if (events !== own) return;
        heard();
        tell("open");
        act(JSON.parse(event.data));
      });
    }
    own.onerror = () => {
      if (events === own) lose();
    };
    listen();
  };
  const onVisible = () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(shut, HIDDEN_MS);
    else if (events === void 0) open();
  };
  document.addEventListener("visibilitychange", onVisible);
  open();
  return {
    close() {
      closed = true;
      shut();
      clearTimeout(hidden);
      document.removeEventListener("visibilitychange", onVisible);
    }
  };
}

// web/tape_panel.ts
var MAX_TRADES = 80;
function startTapePanel() {
  const tape = find("trades");
  const empty = find("trades-empty");
  let trades = [];
  const add = (rows) => {
    const known = new Set(trades.map(({ id }) => id));
    const fresh = rows.map(readTrade).filter((trade) => trade !== void 0 && !known.has(trade.id));
    trades = [
      ...trades,
      ...fresh
    ].sort((a, b) => b.at - a.at).slice(0, MAX_TRADES);
    draw2();
  };
  const draw2 = () => {
    resize(tape, trades.length, () => make("div", {
      class: "trade"
    }, make("span"), make("span"), make("span")));
    const digits = (texts, most) => Math.min(most, Math.max(0, ...texts.map(decimalsOf)));
    const prices = digits(trades.map(({ price }) => price), 10);
    const sizes = digits(trades.map(({ size }) => size), 6);
    for (const [i, { side, price, size, at }] of trades.entries()) {
      const row = tape.children[i];
      setAttribute(row, "class", \`trade \${side}\`);
      setText(row.children[0], formatFixed(Number(price), prices));
      setText(row.children[1], formatFixed(Number(size), sizes));
      setText(row.children[2], formatClock(at));
    }
  };
  return {
    setRows(rows) {
      setText(empty, rows.length === 0 ? t("page.no_trade") : "");
      trades = [];
      add(rows);
    },
    addRows(rows) {
      setText(empty, "");
      add(rows);
    },
    clear(...words) {
      trades = [];
      draw2();
      empty.replaceChildren(...words);
    }
  };
}

// web/market.ts
function startMarket(model2, onChoose) {
  const chart = startChartPanel();
  const ladder = startBookPanel();
  const tape = startTapePanel();
  const row = startRowPanel();
  const book = {
    setRows: (rows) => ladder.setRow(rows.at(-1)),
    addRows: (rows) => ladder.setRow(rows.at(-1)),
    clear: (...words) => ladder.clear(...words)
  };
  const selects = [
    {
      select: find("chart-path"),
      kind: "candle"
    },
    {
      select: find("book-path"),
      kind: "book"
    }
  ];
  let chosen2;
  let companions = companionsOf([], void 0);
  let source;
  let opened = "";
  let rowShown = false;
  for (const { select } of selects) {
    select.addEventListener("change", () => {
      const path = model2.paths.get(Number(select.value));
      if (path !== void 0) onChoose(path);
    });
  }
  const [tabTrades, tabRow] = [
    find("tab-trades"),
    find("tab-row")
  ];
  const showTab2 = (isRow) => {
    rowShown = isRow;
    for (const [tab, on] of [
      [
        tabTrades,
        !isRow
      ],
      [
        tabRow,
        isRow
      ]
    ]) {
      setAttribute(tab, "aria-selected", String(on));
      setAttribute(tab, "tabindex", on ? "0" : "-1");
    }
    find("trades-pane").hidden = isRow;
    find("row-pane").hidden = !isRow;
    const shown = isRow ? chosen2 : companions.trades;
    setText(find("tape-state"), shown?.path ?? "");
  };
  const toggleRow = () => {
    showTab2(!rowShown);
    open();
  };
  tabTrades.addEventListener("click", () => rowShown && toggleRow());
  tabRow.addEventListener("click", () => rowShown || toggleRow());
  for (const tab of [
    tabTrades,
    tabRow
  ]) {
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      toggleRow();
      (rowShown ? tabRow : tabTrades).focus();
    });
  }
  const mayShow = (path) => !path.login || model2.tick?.accounts === true;
  const wanted = () => {
    const list = [
      companions.candles && {
        panel: chart,
        path: companions.candles
      },
      companions.book && {
        panel: book,
        path: companions.book
      },
      companions.trades && !rowShown ? {
        panel: tape,
        path: companions.trades
      } : void 0,
      chosen2 !== void 0 && rowShown && mayShow(chosen2) ? {
        panel: row,
        path: chosen2
      } : void 0
    ];
    return list.filter((each) => each !== void 0);
  };
  const open = () => {
    const shown = wanted();
    const paths2 = [
      ...new Set(shown.map(({ path }) => path.path))
    ];
    const key2 = JSON.stringify([
      chosen2?.server,
      paths2,
      rowShown
    ]);
    if (key2 === opened) return;
    opened = key2;
    source?.close();
    source = void 0;
    if (chosen2 === void 0 || paths2.length === 0) return;
    const panels = (path) => shown.filter((each) => each.path.path === path).map(({ panel }) => panel);
    const query = new URLSearchParams([
      [
        "server",
        chosen2.server
      ],
      ...paths2.map((path) => [
        "path",
        path
      ])
    ]);
    source = openSource(\`/api/rows?\${query}\`, {
      on: {
        snapshot(data) {
          const { path, rows } = data;
          for (const panel of panels(path)) panel.setRows(rows);
        },
        rows(data) {
          const { path, rows } = data;
          for (const panel of panels(path)) panel.addRows(rows);
        }
      }
    }, false);
  };
  const explain = () => {
    const { server = "", subject = "" } = chosen2 ?? {};
    const tell = (panel, path, what, channel) => {
      if (path !== void 0) return;
      if (subject === "") {
        return panel.clear(chosen2 === void 0 ? t("page.choose") : t("page.none_here", {
          what: t(what)
        }));
      }
      const command = \`okws client subscribe \${server} \${channel}:\${subject}\`;
      panel.clear(make("span", {}, t("page.none_of", {
        what: t(what),
        subject
      })), make("code", {}, command));
    };
    tell(chart, companions.candles, "page.what_candles", "candle1m");
    tell(book, companions.book, "page.what_book", "books");
    tell(tape, companions.trades, "page.what_trades", "trades");
    if (chosen2 !== void 0 && !mayShow(chosen2)) {
      row.clear(t("page.accounts"));
    }
  };
  const fillSelects = () => {
    for (const { select, kind } of selects) {
      const current = kind === "candle" ? companions.candles : companions.book;
      const paths2 = [
        ...model2.paths.values()
      ].filter((path) => path.kind === kind).sort((a, b) => a.server < b.server || a.server === b.server && a.path < b.path ? -1 : 1);
      const several = new Set(paths2.map(({ server }) => server)).size > 1;
      const options = paths2.slice(0, 500).map(({ id, server, path }) => make("option", {
        value: String(id)
      }, several ? \`\${server} \${path}\` : path));
      if (current === void 0) options.unshift(make("option", {
        value: ""
      }, "\\u2013"));
      select.replaceChildren(...options);
      select.value = current === void 0 ? "" : String(current.id);
      select.disabled = options.length < 2;
    }
  };
  const show = (path) => {
    const before = companions;
    chosen2 = path;
    companions = companionsOf(model2.paths.values(), path, before);
    showTab2(path.kind === "row" || path.kind === "rows" ? true : path.kind === "trades" ? false : rowShown);
    fillSelects();
    explain();
    open();
  };
  showTab2(false);
  explain();
  return {
    show,
    refresh() {
      if (chosen2 === void 0) return fillSelects();
      const { server, path } = chosen2;
      const same = [
        ...model2.paths.values()
      ].find((each) => each.server === server && each.path === path);
      if (same !== void 0) return show(same);
      chosen2 = void 0;
      companions = companionsOf([], void 0);
      fillSelects();
      explain();
      open();
    },
    toggleRow,
    paint: () => chart.paint()
  };
}

// web/model.ts
var MAX_SAMPLES = 600;
var MAX_ENTRIES = 300;
var SMOOTHING = 0.4;
var Model = class {
  paths = /* @__PURE__ */ new Map();
  samples = [];
  entries = [];
  /** The newest message; undefined before the first. */
  tick;
  /** Service's clock less this one's, in milliseconds: ages are counted by the service's. */
  skew = 0;
  /** Changes whenever paths came or went. */
  generation = 0;
  #counted = 0;
  /** The service's time now. */
  now() {
    return Date.now() + this.skew;
  }
  /** The first message of a stream: everything there is. */
  start(tick) {
    this.paths.clear();
    this.samples = [
      ...tick.samples
    ];
    this.entries = [
      ...tick.entries
    ];
    this.#counted = tick.now;
    this.#apply(tick);
    this.generation += 1;
  }
  /** A later message: what changed. */
  change(tick) {
    this.samples = [
      ...this.samples,
      ...tick.samples
    ].slice(-MAX_SAMPLES);
    this.entries = [
      ...this.entries,
      ...tick.entries
    ].slice(-MAX_ENTRIES);
    this.#apply(tick);
    if (tick.defs.length + tick.gone.length > 0) this.generation += 1;
  }
  #apply(tick) {
    this.tick = tick;
    this.skew = tick.now - Date.now();
    for (const def of tick.defs) this.#define(def);
    for (const id of tick.gone) this.paths.delete(id);
    for (const now of tick.paths) {
      const path = this.paths.get(now[0]);
      if (path === void 0) continue;
      update(path, now);
      if (path.counted < 0) path.counted = path.rows;
    }
    const seconds = (tick.now - this.#counted) / 1e3;
    if (seconds < 0.5) return;
    this.#counted = tick.now;
    for (const path of this.paths.values()) {
      const grown = Math.max(0, path.rows - path.counted);
      path.counted = path.rows;
      path.rate += (grown / seconds - path.rate) * SMOOTHING;
      if (path.rate < 0.05) path.rate = 0;
    }
  }
  #define([id, server, path, kind, everyMs, login]) {
    const subject = path.slice(path.indexOf(":") + 1);
    this.paths.set(id, {
      ...{
        id,
        server,
        path,
        kind,
        everyMs,
        login
      },
      subject: path.includes(":") ? subject : "",
      ...{
        state: "wanted",
        since: 0,
        receivedAt: 0,
        rows: 0,
        error: "",
        connection: "",
        rate: 0,
        counted: -1
      }
    });
  }
};
function update(path, [, state, since, receivedAt, rows, error, connection]) {
  path.state = state;
  path.since = since;
  path.receivedAt = receivedAt;
  path.rows = rows;
  path.error = error;
  path.connection = connection;
}
function groupOf(state) {
  if (state === "live") return "live";
  return state === "wanted" || state === "sent" || state === "syncing" ? "waiting" : "problems";
}
function pick(paths2, { group, words, order, now }) {
  const wanted = words.toLowerCase().split(/\\s+/).filter((word) => word !== "");
  const found = [
    ...paths2
  ].filter((path) => {
    if (group !== "all" && groupOf(path.state) !== group) return false;
    const text = \`\${path.server} \${path.path} \${path.state}\`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const byName = (a, b) => compare(a.server, b.server) || compare(a.path, b.path);
  const age = (path) => path.receivedAt === 0 ? Infinity : now - path.receivedAt;
  return found.sort((a, b) => {
    if (order === "rate") return b.rate - a.rate || byName(a, b);
    if (order === "age") return Math.floor(age(b) / 1e3) - Math.floor(age(a) / 1e3) || byName(a, b);
    return byName(a, b);
  });
}
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// web/paths_panel.ts
var GROUPS = [
  [
    "all",
    "page.all"
  ],
  [
    "live",
    "page.live"
  ],
  [
    "waiting",
    "page.waiting"
  ],
  [
    "problems",
    "page.problems"
  ]
];
var ORDERS = [
  [
    "path",
    "page.path"
  ],
  [
    "rate",
    "page.rows_rate"
  ],
  [
    "age",
    "page.age"
  ]
];
var BEYOND = 6;
function startPathsPanel(model2, onChoose) {
  const list = find("list");
  const search = find("search");
  const space = make("div", {
    class: "space",
    role: "presentation"
  });
  const empty = make("p", {
    class: "empty"
  });
  list.append(space, empty);
  let group = "all";
  let order = "path";
  let chosen2;
  let shown = [];
  const chips = GROUPS.map(([name, title]) => {
    const count = make("b", {}, "0");
    const chip = make("button", {
      class: "chip",
      type: "button",
      "data-group": name
    }, t(title), count);
    chip.addEventListener("click", () => show(name));
    return {
      name,
      chip,
      count
    };
  });
  find("filters").append(...chips.map(({ chip }) => chip));
  const sorts = ORDERS.map(([name, title]) => {
    const button = make("button", {
      type: "button"
    }, t(title));
    button.addEventListener("click", () => {
      order = name;
      draw2();
    });
    return {
      name,
      button
    };
  });
  find("sorts").append(...sorts.map(({ button }) => button));
  const show = (next) => {
    group = next;
    list.scrollTop = 0;
    draw2();
  };
  const choose2 = (path, how = "key") => {
    if (path === void 0) return;
    chosen2 = path.id;
    draw2();
    reveal(shown.indexOf(path));
    onChoose(path, how);
  };
  const reveal = (index) => {
    if (index < 0) return;
    const height = rowHeight();
    if (index * height < list.scrollTop) list.scrollTop = index * height;
    const below = (index + 1) * height - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  };
  const draw2 = () => {
    const now = model2.now();
    const all = [
      ...model2.paths.values()
    ];
    shown = pick(all, {
      group,
      words: search.value,
      order,
      now
    });
    for (const { name, chip, count: count2 } of chips) {
      const number = name === "all" ? all.length : all.filter(({ state }) => groupOf(state) === name).length;
      setText(count2, String(number));
      setAttribute(chip, "aria-pressed", String(name === group));
      setAttribute(chip, "data-alarm", String(name === "problems" && number > 0));
    }
    for (const { name, button } of sorts) setAttribute(button, "aria-pressed", String(name === order));
    const count = shown.length === all.length ? "" : t("page.shown", {
      shown: shown.length,
      all: all.length
    });
    setText(find("path-count"), count);
    const none = all.length === 0 ? t("page.none_subscribed") : t("page.no_match");
    setText(empty, shown.length === 0 ? none : "");
    drawRows(now);
  };
  const drawRows = (now) => {
    const height = rowHeight();
    space.style.height = \`\${shown.length * height}px\`;
    const first = Math.max(0, Math.floor(list.scrollTop / height) - BEYOND);
    const visible = shown.slice(first, first + Math.ceil(list.clientHeight / height) + 2 * BEYOND);
    resize(space, visible.length, createItem2);
    const servers = new Set([
      ...model2.paths.values()
    ].map(({ server }) => server)).size;
    for (const [i, path] of visible.entries()) {
      const item = space.children[i];
      fillItem2(item, path, {
        now,
        prefix: servers > 1 ? \`\${path.server} \` : "",
        chosen: path.id === chosen2
      });
      item.style.top = \`\${(first + i) * height}px\`;
      setAttribute(item, "aria-posinset", String(first + i + 1));
      setAttribute(item, "aria-setsize", String(shown.length));
    }
    const marked = visible.some(({ id }) => id === chosen2);
    if (marked) setAttribute(list, "aria-activedescendant", \`path-\${chosen2}\`);
    else list.removeAttribute("aria-activedescendant");
  };
  const step = (by) => {
    const at = shown.findIndex(({ id }) => id === chosen2);
    choose2(shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))]);
  };
  space.addEventListener("click", (event) => {
    const item = event.target.closest(".item");
    if (item !== null) choose2(model2.paths.get(Number(item.id.slice("path-".length))), "click");
  });
  list.addEventListener("scroll", () => drawRows(model2.now()));
  list.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Home") choose2(shown[0]);
    else if (event.key === "End") choose2(shown.at(-1));
    else return;
    event.preventDefault();
  });
  search.addEventListener("input", () => {
    list.scrollTop = 0;
    draw2();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      draw2();
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      list.focus();
      choose2(shown.find(({ id }) => id === chosen2) ?? shown[0]);
    } else return;
    event.preventDefault();
  });
  new ResizeObserver(() => drawRows(model2.now())).observe(list);
  return {
    draw: draw2,
    step,
    toggleProblems: () => show(group === "problems" ? "all" : "problems"),
    mark(path) {
      chosen2 = path.id;
      draw2();
      reveal(shown.indexOf(path));
    }
  };
}
function rowHeight() {
  return matchMedia("(max-width: 760px)").matches ? 34 : 26;
}
function createItem2() {
  return make("div", {
    class: "item",
    role: "option"
  }, make("i", {
    class: "dot",
    "aria-hidden": "true"
  }), make("span", {
    class: "path"
  }, make("small"), make("span")), make("span", {
    class: "rate"
  }), make("span", {
    class: "age"
  }));
}
function fillItem2(item, path, { now, prefix, chosen: chosen2 }) {
  item.id = \`path-\${path.id}\`;
  setAttribute(item, "data-state", path.state);
  setAttribute(item, "aria-selected", String(chosen2));
  const [, name, rate, age] = item.children;
  setText(name.children[0], prefix);
  setText(name.children[1], path.path);
  setText(rate, path.rate === 0 ? "" : formatCount(path.rate));
  setText(age, ageOf(path, now));
  setAttribute(item, "title", titleOf(path));
}
function ageOf({ state, receivedAt }, now) {
  if (state !== "live" && state !== "overdue" && state !== "stale") return state;
  return receivedAt === 0 ? state : formatAge(Math.max(0, now - receivedAt));
}
function titleOf({ server, path, state, connection, error, everyMs }) {
  const parts = [
    \`\${server} \${path}\`,
    state
  ];
  if (connection !== "") parts.push(t("page.on", {
    connection
  }));
  if (everyMs !== null) parts.push(t("page.promised", {
    time: formatAge(everyMs)
  }));
  if (error !== "") parts.push(error);
  return parts.join(" \\xB7 ");
}

// web/main.ts
var REDRAW_MS = 250;
startTexts();
var model = new Model();
var header = startHeader(model);
var graphs = startGraphsPanel();
var log = startLogPanel(model);
var market = startMarket(model, (path) => choose(path));
var paths = startPathsPanel(model, (path, how) => {
  choose(path);
  if (how === "click") showTab("market");
});
var nextTheme = startTheme(() => {
  graphs.paint();
  market.paint();
});
var link = "wait";
var chosen = false;
var generation = -1;
function choose(path) {
  chosen = true;
  paths.mark(path);
  market.show(path);
}
function draw() {
  header.draw(link);
  drawConnections(model);
  paths.draw();
  log.draw();
  if (generation === model.generation) return;
  generation = model.generation;
  const first = chosen ? void 0 : firstChoice(model.paths.values());
  if (first === void 0) market.refresh();
  else choose(first);
}
openSource("/api/events", {
  on: {
    start(data) {
      model.start(data);
      graphs.set(model.samples);
      draw();
    },
    tick(data) {
      const tick = data;
      model.change(tick);
      graphs.add(tick.samples);
      draw();
    }
  },
  onLink(next) {
    if (link === next) return;
    link = next;
    document.body.dataset.link = next;
    header.draw(link);
  }
}, true);
setInterval(() => {
  if (!document.hidden) draw();
}, REDRAW_MS);
var tabs = [
  ...document.querySelectorAll(".tabbar button")
];
function showTab(name) {
  document.body.dataset.tab = name;
  for (const tab of tabs) tab.setAttribute("aria-current", String(tab.dataset.show === name));
}
for (const tab of tabs) tab.addEventListener("click", () => showTab(tab.dataset.show ?? "paths"));
showTab("paths");
startKeys({
  "/": () => {
    showTab("paths");
    find("search").select();
  },
  j: () => paths.step(1),
  k: () => paths.step(-1),
  p: () => paths.toggleProblems(),
  r: () => market.toggleRow(),
  w: () => log.toggleWarnings(),
  t: nextTheme
});
`;
