/** Written by scripts/page.ts from what is below web/; do not edit. */
export const APP = `// web/address.ts
var FIRST = {
  ...{
    server: "",
    path: "",
    list: "watch",
    section: "paths",
    row: void 0
  },
  ...{
    candles: "",
    book: "",
    words: "",
    group: "all"
  }
};
var LISTS = [
  "watch",
  "paths"
];
var SECTIONS = [
  "paths",
  "market",
  "activity"
];
var GROUPS = [
  "all",
  "live",
  "waiting",
  "problems",
  "pinned"
];
var MAX_TEXT = 300;
function usualSection({ path }) {
  return path === "" ? FIRST.section : "market";
}
function formatAddress(address2) {
  const { server, path, row } = address2;
  const usual = {
    ...FIRST,
    section: usualSection(address2)
  };
  const place = server === "" ? "" : \`\${encode(server)}/\${encode(path)}\`;
  const query = new URLSearchParams();
  for (const name of [
    "list",
    "section",
    "candles",
    "book",
    "words",
    "group"
  ]) {
    if (address2[name] !== usual[name]) query.set(name, address2[name]);
  }
  if (row !== void 0) query.set("row", row ? "1" : "0");
  return \`#/\${place}\${query.size === 0 ? "" : \`?\${query}\`}\`;
}
function parseAddress(hash) {
  const [place = "", query = ""] = hash.replace(/^#\\/?/, "").split("?", 2);
  const [server = "", ...path] = place.split("/");
  const found = new URLSearchParams(query);
  const text = (name) => (found.get(name) ?? "").slice(0, MAX_TEXT);
  const oneOf = (names, name, otherwise) => names.find((each) => each === found.get(name)) ?? otherwise;
  const named = {
    server: decode(server),
    path: decode(path.join("/"))
  };
  const chosen = named.server === "" || named.path === "" ? {
    server: "",
    path: ""
  } : named;
  const row = found.get("row");
  return {
    ...chosen,
    list: oneOf(LISTS, "list", FIRST.list),
    section: oneOf(SECTIONS, "section", usualSection(chosen)),
    row: row === "1" ? true : row === "0" ? false : void 0,
    ...{
      candles: text("candles"),
      book: text("book"),
      words: text("words")
    },
    group: oneOf(GROUPS, "group", FIRST.group)
  };
}
function encode(text) {
  return encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%2C", ",");
}
function decode(text) {
  try {
    return decodeURIComponent(text).slice(0, MAX_TEXT);
  } catch {
    return "";
  }
}

// src/http/instruments.ts
var MARKET = /* @__PURE__ */ new Set([
  "quotes",
  "candles",
  "tape",
  "books"
]);
function subjectOf(path) {
  const at = path.indexOf(":");
  return at < 0 ? "" : path.slice(at + 1);
}
function channelOf(path) {
  const at = path.indexOf(":");
  return at < 0 ? path : path.slice(0, at);
}
function instrumentsOf(paths2) {
  const groups = /* @__PURE__ */ new Map();
  for (const path of paths2) {
    const subject = subjectOf(path.path);
    if (subject === "" || path.login) continue;
    const key2 = \`\${path.server}
\${subject}\`;
    const group = groups.get(key2);
    if (group === void 0) groups.set(key2, [
      path
    ]);
    else group.push(path);
  }
  return [
    ...groups.values()
  ].filter((group) => group.some(({ table }) => MARKET.has(table))).map((group) => {
    const first = group[0];
    return {
      server: first.server,
      subject: subjectOf(first.path),
      paths: group,
      price: best(group, priceRank),
      bars: best(group, ({ table, path }) => table === "candles" ? candleRank(path) : Infinity)
    };
  });
}
function candleRank(path) {
  const channel2 = channelOf(path);
  const derived = /(^|\\/)(index|mark)/.test(channel2) ? 1e9 : 0;
  const seconds = barSeconds(path);
  return derived + (seconds < 60 ? 1e8 : seconds);
}
var UNITS = {
  s: 1,
  m: 60,
  H: 3600,
  D: 86400,
  W: 604800,
  M: 2592e3
};
function barSeconds(path) {
  const match = /candle(\\d+)([a-zA-Z]*)/.exec(channelOf(path));
  return Number(match?.[1] ?? 0) * (UNITS[match?.[2]?.slice(0, 1) ?? ""] ?? 1);
}
function priceRank({ table, path }) {
  const derived = /(^|\\/)(index|mark)/.test(channelOf(path)) ? 4 : 0;
  switch (table) {
    case "quotes":
      return derived;
    case "candles":
      return 1 + derived + candleRank(path) / 1e10;
    case "tape":
      return /(^|\\/)(trades?(-all)?|sprd-public-trades)$/.test(channelOf(path)) ? 2 : Infinity;
    default:
      return Infinity;
  }
}
function best(paths2, rankOf) {
  let found;
  for (const path of paths2) {
    const rank = rankOf(path);
    if (rank === Infinity) continue;
    const least = found === void 0 ? Infinity : rankOf(found);
    if (rank < least || rank === least && found !== void 0 && path.path < found.path) found = path;
  }
  return found;
}

// web/companions.ts
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
function companionsOf(paths2, chosen, kept) {
  if (chosen === void 0) return {
    candles: void 0,
    book: void 0,
    trades: void 0
  };
  const related = [
    ...paths2
  ].filter(({ server, subject }) => server === chosen.server && subject === chosen.subject && subject !== "");
  const choose2 = (kind, before, rank) => {
    if (chosen.kind === kind) return chosen;
    const found = related.filter((path) => path.kind === kind);
    const same = found.find(({ id }) => id === before?.id) ?? found.find((path) => alike(path, before));
    return same ?? found.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))[0];
  };
  return {
    candles: choose2("candle", kept?.candles, ({ path }) => candleRank(path)),
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
  return candles.sort((a, b) => rich(b) - rich(a) || candleRank(a.path) - candleRank(b.path))[0] ?? all.find(({ kind }) => kind === "book" || kind === "trades") ?? all[0];
}
function channelIn(path) {
  return path === void 0 ? "" : channelOf(path.path);
}
function alike(path, other) {
  return other !== void 0 && channelOf(path.path) === channelOf(other.path);
}
function bookRank(path) {
  const rank = BOOKS.indexOf(channelOf(path.path).split("/").at(-1) ?? "");
  return rank < 0 ? BOOKS.length : rank;
}

// web/command.ts
var NOTHING = {
  isDone: false,
  lines: [],
  paths: [],
  refused: []
};
var EXCHANGE_MS = 1e4;
var ANSWER_MS = 3e4;
var MAX_NAMED = 20;
async function sendCommand(command, translate2) {
  const waiting = command.op === "reload" ? {} : {
    wait: true,
    timeoutMs: EXCHANGE_MS
  };
  try {
    const response = await fetch("/api/commands", {
      method: "POST",
      headers: {
        "content-type": "application/json"
      },
      body: JSON.stringify({
        ...command,
        ...waiting
      }),
      signal: AbortSignal.timeout(ANSWER_MS)
    });
    const text = await response.text();
    const isReply = response.headers.get("content-type")?.startsWith("application/json") === true;
    if (isReply) return describeReply(command, JSON.parse(text), translate2);
    return {
      ...NOTHING,
      lines: [
        text.trim() || String(response.status)
      ]
    };
  } catch {
    return {
      ...NOTHING,
      lines: [
        translate2("page.no_answer")
      ]
    };
  }
}
function describeReply(command, { event, message }, translate2) {
  if (Array.isArray(message)) {
    const answers = message;
    const refused = answers.filter(({ state }) => state === "refused").map(({ path }) => path);
    return {
      isDone: event !== "error",
      lines: [
        ...answers.map((each) => describeAnswer(each, translate2)),
        ...refused.length > 0 ? [
          translate2("page.refused_stays", {
            paths: refused.join(" ")
          })
        ] : []
      ],
      refused,
      paths: answers.filter(({ state }) => state !== "refused" && state !== "gone").map(({ path }) => path)
    };
  }
  if (event === "error") return {
    ...NOTHING,
    lines: [
      String(message)
    ]
  };
  if (command.op === "reload" && typeof message === "object" && message !== null) {
    return {
      ...NOTHING,
      isDone: true,
      lines: describeReport(message, translate2)
    };
  }
  return {
    ...NOTHING,
    isDone: true,
    lines: [
      String(message)
    ]
  };
}
function describeAnswer({ path, state, error }, translate2) {
  if (state === "gone") return translate2("page.unsubscribed", {
    path
  });
  const what = translate2("page.path_is", {
    path,
    state
  });
  if (error === null) return what;
  const reason = error.code === "" ? error.message : \`\${error.code} \${error.message}\`;
  return translate2("page.because", {
    what,
    reason
  });
}
function describeReport(report, translate2) {
  const names = (list) => list.length <= MAX_NAMED ? list.join(", ") : [
    ...list.slice(0, MAX_NAMED),
    translate2("page.more", {
      count: list.length - MAX_NAMED
    })
  ].join(", ");
  const paths2 = (list) => list.flatMap(({ server, paths: paths3 }) => paths3.map((path) => \`\${server} \${path}\`));
  const lines = [
    [
      "page.report_opened",
      report.opened
    ],
    [
      "page.report_closed",
      report.closed
    ],
    [
      "page.report_reopened",
      report.reopened
    ],
    [
      "page.report_subscribed",
      paths2(report.subscribed)
    ],
    [
      "page.report_unsubscribed",
      paths2(report.unsubscribed)
    ],
    [
      "page.report_restart",
      report.restart
    ]
  ];
  const said = lines.filter(([, list]) => list.length > 0).map(([key2, list]) => translate2(key2, {
    list: names(list)
  }));
  return said.length === 0 ? [
    translate2("page.report_nothing")
  ] : said;
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

// src/shared/elapsed.ts
function hasPassed(since, ms, now) {
  return now - since >= ms || now < since;
}

// src/okx/channels.ts
var BARS = /* @__PURE__ */ new Map([
  [
    "1s",
    1
  ],
  [
    "1m",
    60
  ],
  [
    "3m",
    180
  ],
  [
    "5m",
    300
  ],
  [
    "15m",
    900
  ],
  [
    "30m",
    1800
  ],
  [
    "1H",
    3600
  ],
  [
    "2H",
    7200
  ],
  [
    "4H",
    14400
  ],
  [
    "6H",
    21600
  ],
  [
    "12H",
    43200
  ],
  [
    "1D",
    86400
  ],
  [
    "2D",
    172800
  ],
  [
    "3D",
    259200
  ],
  [
    "5D",
    432e3
  ],
  [
    "1W",
    604800
  ],
  [
    "1M",
    void 0
  ],
  [
    "3M",
    void 0
  ],
  [
    "6Hutc",
    21600
  ],
  [
    "12Hutc",
    43200
  ],
  [
    "1Dutc",
    86400
  ],
  [
    "2Dutc",
    172800
  ],
  [
    "3Dutc",
    259200
  ],
  [
    "5Dutc",
    432e3
  ],
  [
    "1Wutc",
    604800
  ],
  [
    "1Mutc",
    void 0
  ],
  [
    "3Mutc",
    void 0
  ],
  [
    "1Yutc",
    void 0
  ]
]);
var TRADE_COLUMNS = [
  "ts",
  "open",
  "high",
  "low",
  "close",
  "vol",
  "volCcy",
  "volCcyQuote",
  "confirm"
];
var PRICE_COLUMNS = [
  "ts",
  "open",
  "high",
  "low",
  "close",
  "confirm"
];
var SPREAD_COLUMNS = [
  "ts",
  "open",
  "high",
  "low",
  "close",
  "vol",
  "confirm"
];
var CANDLE_FAMILIES = [
  {
    ...channel("candle", "business", [
      "instId"
    ], "candle"),
    columns: TRADE_COLUMNS
  },
  {
    ...channel("mark-price-candle", "business", [
      "instId"
    ], "candle"),
    columns: PRICE_COLUMNS
  },
  {
    ...channel("index-candle", "business", [
      "instId"
    ], "candle"),
    columns: PRICE_COLUMNS
  },
  {
    ...channel("sprd-candle", "business", [
      "sprdId"
    ], "candle"),
    columns: SPREAD_COLUMNS
  }
];
var ALGO_CLOSED = [
  "effective",
  "canceled",
  "order_failed",
  "partially_failed"
];
var TABLE = [
  channel("tickers", "public", [
    "instId"
  ], "latest", [
    "instId"
  ]),
  channel("trades", "public", [
    "instId"
  ], "events", [
    "instId"
  ]),
  channel("option-trades", "public", [
    "instType",
    "instId?",
    "instFamily?"
  ], "events", [
    "instId"
  ]),
  channel("call-auction-details", "public", [
    "instId"
  ], "latest", [
    "instId"
  ]),
  channel("books", "public", [
    "instId"
  ], "book"),
  channel("books5", "public", [
    "instId"
  ], "bookSnapshot"),
  channel("bbo-tbt", "public", [
    "instId"
  ], "bookSnapshot"),
  login("books-l2-tbt", "public", [
    "instId"
  ], "book"),
  login("books50-l2-tbt", "public", [
    "instId"
  ], "book"),
  channel("books-rpi", "public", [
    "instId"
  ], "book"),
  channel("instruments", "public", [
    "instType"
  ], "instruments", [
    "instType",
    "instId"
  ]),
  {
    ...open("event-contract-markets", "public", [
      "instType"
    ], "instId", [
      "expired"
    ]),
    login: false
  },
  channel("open-interest", "public", [
    "instId"
  ], "latest", [
    "instId"
  ]),
  channel("funding-rate", "public", [
    "instId"
  ], "latest", [
    "instId"
  ]),
  channel("price-limit", "public", [
    "instId"
  ], "latest", [
    "instId"
  ]),
  channel("opt-summary", "public", [
    "instFamily"
  ], "latest", [
    "instId"
  ]),
  channel("estimated-price", "public", [
    "instType",
    "instFamily?",
    "instId?"
  ], "latest", [
    "instId",
    "settleType"
  ]),
  channel("mark-price", "public", [
    "instId"
  ], "latest", [
    "instId"
  ]),
  channel("index-tickers", "public", [
    "instId"
  ], "latest", [
    "instId"
  ]),
  channel("liquidation-orders", "public", [
    "instType"
  ], "events", [
    "instType"
  ]),
  channel("adl-warning", "public", [
    "instType",
    "instFamily?"
  ], "latest", [
    "instType",
    "instFamily"
  ]),
  channel("status", "public", [], "latest", [
    "system",
    "serviceType",
    "title"
  ]),
  channel("trades-all", "business", [
    "instId"
  ], "events", [
    "instId"
  ]),
  channel("sprd-tickers", "business", [
    "sprdId"
  ], "latest", [
    "sprdId"
  ]),
  channel("sprd-public-trades", "business", [
    "sprdId"
  ], "events", [
    "sprdId"
  ]),
  channel("sprd-bbo-tbt", "business", [
    "sprdId"
  ], "bookSnapshot"),
  channel("sprd-books5", "business", [
    "sprdId"
  ], "bookSnapshot"),
  channel("sprd-books-l2-tbt", "business", [
    "sprdId"
  ], "book"),
  channel("block-tickers", "business", [
    "instId"
  ], "latest", [
    "instId"
  ]),
  channel("public-block-trades", "business", [
    "instId"
  ], "events", [
    "instId"
  ]),
  channel("public-struc-block-trades", "business", [], "events"),
  login("economic-calendar", "business", [], "latest", [
    "calendarId"
  ]),
  open("orders-algo", "business", [
    "instType",
    "instFamily?",
    "instId?"
  ], "algoId", ALGO_CLOSED),
  open("algo-advance", "business", [
    "instType",
    "instId?",
    "algoId?"
  ], "algoId", ALGO_CLOSED),
  open("grid-orders-spot", "business", [
    "instType",
    "instId?",
    "algoId?"
  ], "algoId", [
    "stopped"
  ]),
  open("grid-orders-contract", "business", [
    "instType",
    "instId?",
    "algoId?"
  ], "algoId", [
    "stopped"
  ]),
  login("grid-positions", "business", [
    "algoId"
  ], "latest", [
    "algoId",
    "instId",
    "posSide"
  ]),
  open("grid-sub-orders", "business", [
    "algoId"
  ], "ordId", [
    "filled",
    "canceled"
  ]),
  open("algo-recurring-buy", "business", [
    "instType",
    "algoId?"
  ], "algoId", [
    "stopped"
  ]),
  login("copytrading-lead-notification", "business", [
    "instType",
    "instId?"
  ], "events", [
    "instType"
  ]),
  open("rfqs", "business", [], "rfqId", [
    "canceled",
    "filled",
    "expired",
    "traded_away",
    "failed"
  ]),
  open("quotes", "business", [], "quoteId", [
    "canceled",
    "filled",
    "expired",
    "failed"
  ]),
  login("struc-block-trades", "business", [], "events"),
  open("sprd-orders", "business", [
    "sprdId?"
  ], "ordId", [
    "filled",
    "canceled"
  ]),
  login("sprd-trades", "business", [
    "sprdId?"
  ], "events"),
  open("deposit-info", "business", [
    "ccy?"
  ], "depId", [
    "2"
  ]),
  open("withdrawal-info", "business", [
    "ccy?"
  ], "wdId", [
    "-2",
    "-1",
    "2"
  ]),
  login("account", "private", [
    "ccy?",
    "extraParams?"
  ], "balances", [
    "ccy"
  ]),
  {
    ...open("positions", "private", [
      "instType",
      "instFamily?",
      "instId?",
      "extraParams?"
    ], "posId", []),
    closed: {
      member: "pos",
      values: [
        "0"
      ]
    },
    noInitialSnapshot: false
  },
  login("balance_and_position", "private", [], "balances", [
    "ccy"
  ]),
  open("orders", "private", [
    "instType",
    "instFamily?",
    "instId?"
  ], "ordId", [
    "filled",
    "canceled",
    "mmp_canceled"
  ]),
  login("fills", "private", [
    "instId?"
  ], "events"),
  login("liquidation-warning", "private", [
    "instType",
    "instFamily?",
    "instId?"
  ], "latest", [
    "posId"
  ]),
  login("account-greeks", "private", [
    "ccy?"
  ], "latest", [
    "ccy"
  ])
];
var MAX_SILENCE_SECONDS = {
  "books": 60,
  "books5": 60,
  "bbo-tbt": 60,
  "books-l2-tbt": 60,
  "books50-l2-tbt": 60,
  "books-rpi": 60,
  "funding-rate": 90,
  "mark-price": 10,
  "index-tickers": 60,
  "block-tickers": 300
};
var DATED = /* @__PURE__ */ new Set([
  ...[
    "tickers",
    "trades",
    "option-trades",
    "call-auction-details",
    "books",
    "books5",
    "bbo-tbt"
  ],
  ...[
    "books-l2-tbt",
    "books50-l2-tbt",
    "books-rpi",
    "open-interest",
    "funding-rate",
    "price-limit"
  ],
  ...[
    "opt-summary",
    "estimated-price",
    "mark-price",
    "index-tickers",
    "adl-warning",
    "status"
  ],
  ...[
    "trades-all",
    "sprd-tickers",
    "sprd-public-trades",
    "sprd-bbo-tbt",
    "sprd-books5"
  ],
  ...[
    "sprd-books-l2-tbt",
    "block-tickers",
    "public-block-trades",
    "economic-calendar",
    "sprd-trades"
  ],
  ...[
    "deposit-info",
    "withdrawal-info",
    "account-greeks",
    "fills"
  ]
]);
var BY_NAME = new Map(TABLE.map((spec) => {
  const maxSilenceSeconds = MAX_SILENCE_SECONDS[spec.name];
  const dated = DATED.has(spec.name) ? {
    ...spec,
    time: "ts"
  } : spec;
  return [
    spec.name,
    maxSilenceSeconds === void 0 ? dated : {
      ...dated,
      maxSilenceSeconds
    }
  ];
}));
function findChannel(name) {
  const plain = BY_NAME.get(name);
  if (plain !== void 0) return plain;
  const family = CANDLE_FAMILIES.find((spec) => name.startsWith(spec.name) && isBar(spec, name));
  return family === void 0 ? void 0 : {
    ...family,
    name
  };
}
function channelNames() {
  const candles = CANDLE_FAMILIES.flatMap((spec) => [
    ...BARS.keys()
  ].map((bar) => spec.name + bar).filter((name) => isBar(spec, name)));
  return [
    ...BY_NAME.keys(),
    ...candles
  ];
}
function isBar(family, name) {
  const bar = name.slice(family.name.length);
  if (bar === "1s") return family.name === "candle";
  if (bar === "1Yutc") return family.name === "mark-price-candle";
  return BARS.has(bar);
}
function channel(name, endpoint, args, storage, key2 = []) {
  return {
    name,
    endpoint,
    login: false,
    args,
    key: key2,
    storage
  };
}
function login(name, endpoint, args, storage, key2 = []) {
  return {
    ...channel(name, endpoint, args, storage, key2),
    login: true
  };
}
function open(name, endpoint, args, key2, closed) {
  return {
    ...login(name, endpoint, args, "open", [
      key2
    ]),
    closed: {
      member: "state",
      values: closed
    },
    noInitialSnapshot: true
  };
}

// web/suggest_paths.ts
var MAX_SHOWN = 30;
var COMMON = [
  "tickers",
  "candle1m",
  "books",
  "trades"
];
var PRODUCTS = [
  "SPOT",
  "SWAP",
  "FUTURES",
  "OPTION",
  "MARGIN"
];
var NAMES = channelNames();
function suggestPaths(typed, { instruments, subscribed }) {
  const words = typed.trim();
  const at = words.indexOf(":");
  const found = at < 0 ? [
    ...ofChannels(words, instruments),
    ...ofInstruments(words, instruments)
  ] : ofChannel(words.slice(0, at), words.slice(at + 1), instruments);
  return [
    ...new Set(found)
  ].filter((path) => !subscribed.has(path) && path !== words).slice(0, MAX_SHOWN);
}
function ofChannels(word, instruments) {
  if (word === "") return [];
  return nearest(word, NAMES).slice(0, MAX_SHOWN / 2).map((name) => {
    const subject = subjectsOf(name, instruments)[0];
    return subject === void 0 ? name : \`\${name}:\${subject}\`;
  });
}
function ofInstruments(word, instruments) {
  return nearest(word, instruments).slice(0, MAX_SHOWN / 2).flatMap((name) => COMMON.map((channel2) => \`\${channel2}:\${name}\`));
}
function ofChannel(channel2, word, instruments) {
  const name = NAMES.find((each) => each.toLowerCase() === channel2.toLowerCase()) ?? channel2;
  return nearest(word, subjectsOf(name, instruments)).map((subject) => \`\${name}:\${subject}\`);
}
function subjectsOf(channel2, instruments) {
  const first = findChannel(channel2)?.args[0];
  if (first === "instType") return PRODUCTS;
  return first === void 0 || first.endsWith("?") || first === "algoId" ? [] : instruments;
}
function nearest(word, names) {
  const wanted = word.toLowerCase();
  const has = names.filter((name) => name.toLowerCase().includes(wanted));
  const begins = (name) => name.toLowerCase().startsWith(wanted);
  return [
    ...has.filter(begins),
    ...has.filter((name) => !begins(name))
  ];
}

// web/texts_en.ts
var PAGE_EN = {
  "page.skip": "Skip to the search",
  "page.faults_label": "What is wrong",
  "page.connecting": "connecting",
  "page.no_connection": "No connection",
  "page.ready": "Ready",
  "page.stopping": "Stopping",
  "page.not_ready": "Not ready: {count}",
  "page.lost": "No connection to okws. Trying again; what is shown is the last that was received.",
  "page.more": "and {count} more",
  "page.role_active": "active",
  "page.role_standby": "standby",
  "page.role_waiting": "waiting for the lease",
  "page.role_unprotected": "without a lease",
  "page.shard": "shard {shard}",
  "page.shards_missing": "nobody is shard {shards}",
  "page.epoch": "epoch {epoch}",
  "page.lease_age": "lease confirmed {time} ago",
  "page.standbys": "{count} standby",
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
  "page.connection_idle": "idle",
  "page.connection_waiting": "waiting",
  "page.connection_connecting": "connecting",
  "page.connection_connected": "connected",
  "page.connection_stopped": "stopped",
  "page.connected": "{up} of {all} connected",
  "page.paths_one": "{count} path",
  "page.paths_many": "{count} paths",
  "page.attempt": "attempt {count}: {reason}",
  "page.subscriptions": "Subscriptions",
  "page.search": "Search",
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
  "page.key_search": "search",
  "page.key_step": "next and previous line",
  "page.key_problems": "only problems, and back",
  "page.key_row": "trades or the selected row",
  "page.key_warnings": "only warnings in the events",
  "page.key_theme": "theme: system, light, dark",
  "page.key_escape": "clear the search",
  "page.key_help": "this list",
  "page.lists_label": "Instruments and subscriptions",
  "page.list_label": "Instruments or subscriptions",
  "page.watchlist": "Watchlist",
  "page.instruments_label": "Instruments",
  "page.pinned": "Pinned",
  "page.instrument": "Instrument",
  "page.change": "Change",
  "page.pin": "Pin (s)",
  "page.change_day": "over 24 hours",
  "page.change_shown": "over the bars that are drawn",
  "page.no_instrument": "No instrument matches.",
  "page.not_subscribed": "{server} has no subscription of {path}.",
  "page.state_for": "{state} for {time}",
  "page.because": "{what}: {reason}",
  "page.next_attempt": "{reason}; next attempt in {seconds} s",
  "page.silent": "overdue: nothing for {time}, promised every {every}",
  "page.save_candles": "Save the candles as CSV (d)",
  "page.save_candles_label": "CSV: save the candles",
  "page.save_table": "Save the table as CSV (d)",
  "page.save_table_label": "CSV: save the table",
  "page.save_rows": "Save these rows as CSV",
  "page.save_rows_label": "CSV: save these rows",
  "page.copy": "Copy",
  "page.copy_path": "path",
  "page.copy_key": "key",
  "page.copied": "copied",
  "page.not_copied": "not copied",
  "page.orders": "Orders",
  "page.positions": "Positions",
  "page.balances": "Balances",
  "page.all_of": "all of {path}",
  "page.currency": "Currency",
  "page.equity": "Equity",
  "page.available": "Available",
  "page.frozen": "Frozen",
  "page.unrealized": "Unrealized",
  "page.in_usd": "In USD",
  "page.side": "Side",
  "page.entry": "Entry",
  "page.mark": "Mark",
  "page.liquidation": "Liquidation",
  "page.leverage": "Leverage",
  "page.type": "Type",
  "page.filled": "Filled",
  "page.order_state": "Order",
  "page.key_instrument": "next and previous instrument",
  "page.key_bar": "longer and shorter bars",
  "page.key_zoom": "zoom in, out, and back",
  "page.key_list": "watchlist or subscriptions",
  "page.key_pin": "pin the instrument",
  "page.key_copy": "copy the path",
  "page.key_save": "save the series as CSV",
  "page.key_add": "add a path",
  "page.key_unsubscribe": "unsubscribe the chosen path",
  "page.key_reload": "read the configuration file again",
  "page.server": "Server",
  "page.add_path": "Add a path",
  "page.subscribe": "Subscribe",
  "page.unsubscribe": "Unsubscribe",
  "page.unsubscribe_hint": "End the subscription (u)",
  "page.cancel": "Cancel",
  "page.confirm_unsubscribe": "{path} of {server} ends for every program that reads it.",
  "page.reload": "Reload",
  "page.reload_hint": "Read the configuration file again (R)",
  "page.read_only": "This page only shows: subscribing here needs HTTP_PASSWORD in the configuration.",
  "page.no_command": "This page only shows: COMMANDS in the configuration allows none of its commands.",
  "page.said_label": "Outcome",
  "page.asking": "Asking \\u2026",
  "page.no_answer": "okws did not answer. Whether it was done is shown by the list.",
  "page.unsubscribed": "{path} is unsubscribed",
  "page.path_is": "{path} is {state}",
  "page.refused_stays": "What was refused stays subscribed and is asked for again: {paths}. To end it, choose it and unsubscribe",
  "page.meant_listed": "Did you mean {path}? The exchange has that instrument",
  "page.meant_likely": "The exchange writes instruments in upper case: did you mean {path}?",
  "page.report_nothing": "The file was read again; nothing differs.",
  "page.report_opened": "Opened: {list}",
  "page.report_closed": "Closed: {list}",
  "page.report_reopened": "Opened again: {list}",
  "page.report_subscribed": "Subscribed: {list}",
  "page.report_unsubscribed": "Unsubscribed: {list}",
  "page.report_restart": "Taken at the next start: {list}",
  "page.drop": "Unsubscribe (u)",
  "page.close": "Close"
};

// web/texts_zh.ts
var PAGE_ZH = {
  "page.skip": "\\u8DF3\\u5230\\u641C\\u7D22",
  "page.faults_label": "\\u95EE\\u9898\\u6240\\u5728",
  "page.connecting": "\\u6B63\\u5728\\u8FDE\\u63A5",
  "page.no_connection": "\\u6CA1\\u6709\\u8FDE\\u63A5",
  "page.ready": "\\u5C31\\u7EEA",
  "page.stopping": "\\u6B63\\u5728\\u505C\\u6B62",
  "page.not_ready": "\\u672A\\u5C31\\u7EEA\\uFF1A{count}",
  "page.lost": "\\u4E0E okws \\u7684\\u8FDE\\u63A5\\u5DF2\\u65AD\\u5F00\\uFF0C\\u6B63\\u5728\\u91CD\\u8BD5\\uFF1B\\u6240\\u663E\\u793A\\u7684\\u662F\\u6700\\u540E\\u6536\\u5230\\u7684\\u6570\\u636E\\u3002",
  "page.more": "\\u53E6\\u6709 {count} \\u9879",
  "page.role_active": "\\u5199\\u5165\\u4E2D",
  "page.role_standby": "\\u5F85\\u547D",
  "page.role_waiting": "\\u7B49\\u5F85\\u79DF\\u7EA6",
  "page.role_unprotected": "\\u6CA1\\u6709\\u79DF\\u7EA6",
  "page.shard": "\\u5206\\u7247 {shard}",
  "page.shards_missing": "\\u5206\\u7247 {shards} \\u6CA1\\u6709\\u670D\\u52A1\\u8D1F\\u8D23",
  "page.epoch": "epoch {epoch}",
  "page.lease_age": "\\u79DF\\u7EA6 {time} \\u524D\\u786E\\u8BA4",
  "page.standbys": "\\u5F85\\u547D {count}",
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
  "page.other_language": "EN: English",
  "page.connections": "\\u8FDE\\u63A5",
  "page.connection_idle": "\\u7A7A\\u95F2",
  "page.connection_waiting": "\\u7B49\\u5F85\\u91CD\\u8FDE",
  "page.connection_connecting": "\\u6B63\\u5728\\u8FDE\\u63A5",
  "page.connection_connected": "\\u5DF2\\u8FDE\\u63A5",
  "page.connection_stopped": "\\u5DF2\\u505C\\u6B62",
  "page.connected": "\\u5DF2\\u8FDE\\u63A5 {up} / {all}",
  "page.paths_one": "{count} \\u4E2A\\u8DEF\\u5F84",
  "page.paths_many": "{count} \\u4E2A\\u8DEF\\u5F84",
  "page.attempt": "\\u7B2C {count} \\u6B21\\u5C1D\\u8BD5\\uFF1A{reason}",
  "page.subscriptions": "\\u8BA2\\u9605",
  "page.search": "\\u641C\\u7D22",
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
  "page.key_search": "\\u641C\\u7D22",
  "page.key_step": "\\u4E0B\\u4E00\\u884C\\u548C\\u4E0A\\u4E00\\u884C",
  "page.key_problems": "\\u53EA\\u770B\\u6709\\u95EE\\u9898\\u7684\\uFF0C\\u518D\\u6309\\u6062\\u590D",
  "page.key_row": "\\u6210\\u4EA4\\u6216\\u6240\\u9009\\u7684\\u6570\\u636E\\u884C",
  "page.key_warnings": "\\u4E8B\\u4EF6\\u4E2D\\u53EA\\u770B\\u8B66\\u544A",
  "page.key_theme": "\\u4E3B\\u9898\\uFF1A\\u8DDF\\u968F\\u7CFB\\u7EDF\\u3001\\u6D45\\u8272\\u3001\\u6DF1\\u8272",
  "page.key_escape": "\\u6E05\\u9664\\u641C\\u7D22",
  "page.key_help": "\\u672C\\u5217\\u8868",
  "page.lists_label": "\\u4EA7\\u54C1\\u4E0E\\u8BA2\\u9605",
  "page.list_label": "\\u4EA7\\u54C1\\u6216\\u8BA2\\u9605",
  "page.watchlist": "\\u81EA\\u9009",
  "page.instruments_label": "\\u4EA7\\u54C1",
  "page.pinned": "\\u5DF2\\u7F6E\\u9876",
  "page.instrument": "\\u4EA7\\u54C1",
  "page.change": "\\u6DA8\\u8DCC",
  "page.pin": "\\u7F6E\\u9876\\uFF08s\\uFF09",
  "page.change_day": "24 \\u5C0F\\u65F6\\u5185",
  "page.change_shown": "\\u6240\\u7ED8 K \\u7EBF\\u671F\\u95F4",
  "page.no_instrument": "\\u6CA1\\u6709\\u5339\\u914D\\u7684\\u4EA7\\u54C1\\u3002",
  "page.not_subscribed": "{server} \\u6CA1\\u6709\\u8BA2\\u9605 {path}\\u3002",
  "page.state_for": "{state} \\u5DF2 {time}",
  "page.because": "{what}\\uFF1A{reason}",
  "page.next_attempt": "{reason}\\uFF1B{seconds} \\u79D2\\u540E\\u91CD\\u8BD5",
  "page.silent": "overdue\\uFF1A{time} \\u6CA1\\u6709\\u6570\\u636E\\uFF0C\\u627F\\u8BFA\\u6BCF {every} \\u4E00\\u6B21",
  "page.save_candles": "\\u5C06 K \\u7EBF\\u5B58\\u4E3A CSV\\uFF08d\\uFF09",
  "page.save_candles_label": "CSV\\uFF1A\\u4FDD\\u5B58 K \\u7EBF",
  "page.save_table": "\\u5C06\\u8868\\u683C\\u5B58\\u4E3A CSV\\uFF08d\\uFF09",
  "page.save_table_label": "CSV\\uFF1A\\u4FDD\\u5B58\\u8868\\u683C",
  "page.save_rows": "\\u5C06\\u8FD9\\u4E9B\\u884C\\u5B58\\u4E3A CSV",
  "page.save_rows_label": "CSV\\uFF1A\\u4FDD\\u5B58\\u8FD9\\u4E9B\\u884C",
  "page.copy": "\\u590D\\u5236",
  "page.copy_path": "\\u8DEF\\u5F84",
  "page.copy_key": "\\u952E",
  "page.copied": "\\u5DF2\\u590D\\u5236",
  "page.not_copied": "\\u672A\\u80FD\\u590D\\u5236",
  "page.orders": "\\u8BA2\\u5355",
  "page.positions": "\\u6301\\u4ED3",
  "page.balances": "\\u4F59\\u989D",
  "page.all_of": "{path} \\u5408\\u8BA1",
  "page.currency": "\\u5E01\\u79CD",
  "page.equity": "\\u6743\\u76CA",
  "page.available": "\\u53EF\\u7528",
  "page.frozen": "\\u51BB\\u7ED3",
  "page.unrealized": "\\u672A\\u5B9E\\u73B0\\u76C8\\u4E8F",
  "page.in_usd": "\\u6298\\u5408\\u7F8E\\u5143",
  "page.side": "\\u65B9\\u5411",
  "page.entry": "\\u5F00\\u4ED3\\u5747\\u4EF7",
  "page.mark": "\\u6807\\u8BB0\\u4EF7",
  "page.liquidation": "\\u5F3A\\u5E73\\u4EF7",
  "page.leverage": "\\u6760\\u6746",
  "page.type": "\\u7C7B\\u578B",
  "page.filled": "\\u5DF2\\u6210\\u4EA4",
  "page.order_state": "\\u8BA2\\u5355\\u72B6\\u6001",
  "page.key_instrument": "\\u4E0B\\u4E00\\u4E2A\\u548C\\u4E0A\\u4E00\\u4E2A\\u4EA7\\u54C1",
  "page.key_bar": "\\u66F4\\u957F\\u548C\\u66F4\\u77ED\\u7684 K \\u7EBF",
  "page.key_zoom": "\\u653E\\u5927\\u3001\\u7F29\\u5C0F\\u3001\\u8FD8\\u539F",
  "page.key_list": "\\u81EA\\u9009\\u6216\\u8BA2\\u9605",
  "page.key_pin": "\\u7F6E\\u9876\\u8BE5\\u4EA7\\u54C1",
  "page.key_copy": "\\u590D\\u5236\\u8DEF\\u5F84",
  "page.key_save": "\\u5C06\\u5E8F\\u5217\\u5B58\\u4E3A CSV",
  "page.key_add": "\\u6DFB\\u52A0\\u8DEF\\u5F84",
  "page.key_unsubscribe": "\\u9000\\u8BA2\\u6240\\u9009\\u8DEF\\u5F84",
  "page.key_reload": "\\u91CD\\u65B0\\u8BFB\\u53D6\\u914D\\u7F6E\\u6587\\u4EF6",
  "page.server": "\\u8FDE\\u63A5",
  "page.add_path": "\\u6DFB\\u52A0\\u8DEF\\u5F84",
  "page.subscribe": "\\u8BA2\\u9605",
  "page.unsubscribe": "\\u9000\\u8BA2",
  "page.unsubscribe_hint": "\\u7ED3\\u675F\\u8BE5\\u8BA2\\u9605\\uFF08u\\uFF09",
  "page.cancel": "\\u53D6\\u6D88",
  "page.confirm_unsubscribe": "{server} \\u7684 {path} \\u5C06\\u505C\\u6B62\\u66F4\\u65B0\\uFF0C\\u6240\\u6709\\u8BFB\\u53D6\\u5B83\\u7684\\u7A0B\\u5E8F\\u90FD\\u4F1A\\u53D7\\u5F71\\u54CD\\u3002",
  "page.reload": "\\u91CD\\u65B0\\u52A0\\u8F7D",
  "page.reload_hint": "\\u91CD\\u65B0\\u8BFB\\u53D6\\u914D\\u7F6E\\u6587\\u4EF6\\uFF08R\\uFF09",
  "page.read_only": "\\u672C\\u9875\\u53EA\\u80FD\\u67E5\\u770B\\uFF1A\\u8981\\u5728\\u6B64\\u8BA2\\u9605\\uFF0C\\u8BF7\\u5728\\u914D\\u7F6E\\u4E2D\\u8BBE\\u7F6E HTTP_PASSWORD\\u3002",
  "page.no_command": "\\u672C\\u9875\\u53EA\\u80FD\\u67E5\\u770B\\uFF1A\\u914D\\u7F6E\\u4E2D\\u7684 COMMANDS \\u4E0D\\u5141\\u8BB8\\u672C\\u9875\\u7684\\u4EFB\\u4F55\\u547D\\u4EE4\\u3002",
  "page.said_label": "\\u7ED3\\u679C",
  "page.asking": "\\u6B63\\u5728\\u8BF7\\u6C42\\u2026\\u2026",
  "page.no_answer": "okws \\u6CA1\\u6709\\u5E94\\u7B54\\u3002\\u662F\\u5426\\u5DF2\\u6267\\u884C\\u8BF7\\u770B\\u5217\\u8868\\u3002",
  "page.unsubscribed": "\\u5DF2\\u9000\\u8BA2 {path}",
  "page.path_is": "{path}\\uFF1A{state}",
  "page.refused_stays": "\\u88AB\\u62D2\\u7EDD\\u7684\\u8DEF\\u5F84\\u4ECD\\u4FDD\\u6301\\u8BA2\\u9605\\uFF0C\\u8FD8\\u4F1A\\u518D\\u6B21\\u8BF7\\u6C42\\uFF1A{paths}\\u3002\\u8981\\u7ED3\\u675F\\uFF0C\\u8BF7\\u9009\\u4E2D\\u5B83\\u518D\\u9000\\u8BA2",
  "page.meant_listed": "\\u662F\\u5426\\u60F3\\u5199 {path}\\uFF1F\\u4EA4\\u6613\\u6240\\u6709\\u8FD9\\u4E2A\\u4EA7\\u54C1",
  "page.meant_likely": "\\u4EA4\\u6613\\u6240\\u7684\\u4EA7\\u54C1\\u540D\\u7528\\u5927\\u5199\\uFF1A\\u662F\\u5426\\u60F3\\u5199 {path}\\uFF1F",
  "page.report_nothing": "\\u5DF2\\u91CD\\u65B0\\u8BFB\\u53D6\\u6587\\u4EF6\\uFF0C\\u6CA1\\u6709\\u53D8\\u5316\\u3002",
  "page.report_opened": "\\u5DF2\\u6253\\u5F00\\uFF1A{list}",
  "page.report_closed": "\\u5DF2\\u5173\\u95ED\\uFF1A{list}",
  "page.report_reopened": "\\u5DF2\\u91CD\\u65B0\\u6253\\u5F00\\uFF1A{list}",
  "page.report_subscribed": "\\u5DF2\\u8BA2\\u9605\\uFF1A{list}",
  "page.report_unsubscribed": "\\u5DF2\\u9000\\u8BA2\\uFF1A{list}",
  "page.report_restart": "\\u4E0B\\u6B21\\u542F\\u52A8\\u65F6\\u751F\\u6548\\uFF1A{list}",
  "page.drop": "\\u9000\\u8BA2\\uFF08u\\uFF09",
  "page.close": "\\u5173\\u95ED"
};

// src/shared/messages/placeholders.ts
var PLACEHOLDER = /\\{([a-z]\\w*)\\}/g;
function placeholdersOf(text) {
  return [
    ...new Set([
      ...text.matchAll(PLACEHOLDER)
    ].map(([, name]) => name))
  ];
}
function fillText(text, show) {
  return text.replace(PLACEHOLDER, (_, name) => show(name));
}

// src/shared/messages/sentences.ts
var MAX_TEXT2 = 4e3;
var PREFIX = /^(?:okws: |# | {2,}|[^\\s,]+(?:, [^\\s,]+)*: )/;
var REMEDY = /^([^]*) \\(([^()]+)\\)$/;
var SUGGESTION = /^([^]*); did you mean (.+)\\?$/;
var JOINED = /^(?:join|age)\\./;
function createFindSentence(english) {
  let index;
  return (sentence, texts, show) => findSentence(sentence, {
    index: index ??= readCatalogue(english),
    texts,
    show
  });
}
function findSentence(english, { index: { exact, templates, joins }, texts, show }) {
  const whole = (sentence) => {
    if (sentence.length > MAX_TEXT2) return sentence;
    const found = find2(sentence);
    if (found !== void 0 || !sentence.includes("\\n")) return found ?? sentence;
    return sentence.split("\\n").map((line) => find2(line) ?? line).join("\\n");
  };
  const find2 = (sentence) => {
    const key2 = exact.get(sentence);
    if (key2 !== void 0) return texts[key2];
    const [, start, name = ""] = SUGGESTION.exec(sentence) ?? [];
    if (start !== void 0) {
      const names = name.replace(" or ", texts["join.or"] ?? " or ");
      return join2("join.suggestion", {
        sentence: whole(start),
        name: names
      });
    }
    const matched = match(sentence, false);
    if (matched !== void 0) return matched;
    const [prefix = ""] = PREFIX.exec(sentence) ?? [];
    const hasPrefix = prefix !== "" && prefix !== sentence && !sentence.includes("\\n");
    const behind = hasPrefix ? sentence.slice(prefix.length) : "";
    const shown = hasPrefix ? whole(behind) : behind;
    if (shown !== behind) return prefix + shown;
    const loose = match(sentence, true);
    if (loose !== void 0) return loose;
    if (hasPrefix) return sentence;
    const [, reason = "", remedy = ""] = REMEDY.exec(sentence) ?? [];
    const remedyKey = exact.get(remedy);
    if (remedyKey === void 0 || texts[remedyKey] === void 0) return void 0;
    return join2("join.remedy", {
      reason: whole(reason),
      remedy: texts[remedyKey]
    });
  };
  const match = (sentence, isLoose) => {
    for (const { key: key2, pattern, names, startsOpen, endsOpen } of templates) {
      const values = texts[key2] === void 0 ? void 0 : pattern.exec(sentence)?.slice(1);
      const isReason = (i) => names[i]?.startsWith("reason") === true;
      if (values?.every((value, i) => !value.includes("\\n") || isReason(i)) !== true) continue;
      const isData = (i) => isReason(i) && !(startsOpen && i === 0) || endsOpen && i === values.length - 1;
      if (!isLoose && values.some((value, i) => value.includes(": ") && !isData(i))) continue;
      return fillText(texts[key2], (name) => show(values[names.indexOf(name)] ?? "", name));
    }
    return void 0;
  };
  const join2 = (key2, parts) => fillText(texts[key2] ?? joins[key2] ?? "", (name) => parts[name] ?? "");
  return whole(english);
}
function readCatalogue(english) {
  const isJoin = ([key2]) => JOINED.test(key2);
  const entries = Object.entries(english).filter((entry) => !isJoin(entry));
  return {
    exact: new Map(entries.map(([key2, text]) => [
      text,
      key2
    ])),
    templates: entries.filter(([, text]) => placeholdersOf(text).length > 0).map(readTemplate).sort((a, b) => b.literal - a.literal),
    joins: Object.fromEntries(Object.entries(english).filter(isJoin))
  };
}
var ONE_WORD = /_word$|^state$/;
function readTemplate([key2, english]) {
  const parts = english.split(/\\{([a-z]\\w*)\\}/);
  const names = parts.filter((_, i) => i % 2 === 1);
  const source = parts.map((part, i) => i % 2 === 0 ? escapePattern(part) : ONE_WORD.test(part) ? "(\\\\S*?[^\\\\s:])" : "([^]*?)").join("");
  const literal = parts.filter((_, i) => i % 2 === 0).join("").length;
  const open2 = {
    startsOpen: parts[0] === "",
    endsOpen: parts.at(-1) === ""
  };
  return {
    key: key2,
    pattern: new RegExp(\`^\${source}$\`),
    names,
    literal,
    ...open2
  };
}
function escapePattern(text) {
  return text.replace(/[\\\\^$.*+?()[\\]{}|]/g, "\\\\$&");
}

// web/sentences.ts
function createSentences(pairs) {
  const column2 = (i) => Object.fromEntries(Object.entries(pairs).map(([key2, pair]) => [
    key2,
    pair[i]
  ]));
  const find2 = createFindSentence(column2(0));
  const texts = column2(1);
  const translate2 = (sentence) => find2(sentence, texts, show);
  const show = (value, name) => name.startsWith("reason") ? translate2(String(value)) : String(value);
  return translate2;
}

// web/stored.ts
function readStored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
function store(name, text) {
  try {
    localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}

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
function chooseLanguage(chosen, preferred) {
  const isLanguage = (name) => LANGUAGES.find((each) => each === name);
  return isLanguage(chosen ?? void 0) ?? preferred.map((tag) => isLanguage(tag.toLowerCase().split("-")[0])).find((each) => each !== void 0) ?? "en";
}
function fillIn(language2, key2, params = {}) {
  const text = (language2 === "zh" ? PAGE_ZH[key2] : void 0) ?? PAGE_EN[key2];
  return text.replace(/\\{([a-z]\\w*)\\}/g, (_, name) => String(params[name] ?? ""));
}
var language = "en";
function t(key2, ...[params]) {
  const { reason, ...others } = params ?? {};
  return fillIn(language, key2, reason === void 0 ? others : {
    ...others,
    reason: say(String(reason))
  });
}
var translate = (sentence) => sentence;
function say(sentence) {
  return translate(sentence);
}
async function startTexts() {
  language = chooseLanguage(readStored(STORED), navigator.languages);
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
    if (store(STORED, language === "zh" ? "en" : "zh")) location.reload();
  });
  if (language !== "zh") return;
  const pairs = await fetch("/sentences_zh.json").then((response) => response.json(), () => ({}));
  translate = createSentences(pairs);
}

// src/okx/account_lists.ts
function typesOfInstrument(instId) {
  if (instId.endsWith("-SWAP")) return [
    "SWAP"
  ];
  if (/-\\d+(\\.\\d+)?-[CP]$/.test(instId)) return [
    "OPTION"
  ];
  if (/^[^-]+-[^-]+-\\d{6}$/.test(instId)) return [
    "FUTURES"
  ];
  if (/^[^-]+-[^-]+$/.test(instId)) return [
    "SPOT",
    "MARGIN"
  ];
  return [
    "FUTURES",
    "EVENTS"
  ];
}

// src/okx/upper_case.ts
function upperCaseOf(path) {
  const at = path.indexOf(":");
  const upper = path.slice(0, at) + path.slice(at).toUpperCase();
  return at < 0 || upper === path || path.includes("=") ? void 0 : upper;
}

// web/upper_case.ts
function meantBy(path, { paths: paths2, listed }) {
  const upper = upperCaseOf(path);
  if (upper === void 0) return void 0;
  const subject = subjectOf(upper);
  const isServed = paths2.some((each) => each.subject === subject && each.state !== "refused");
  if (isServed || listed.includes(subject)) return {
    path: upper,
    isListed: true
  };
  const lists = typesOfInstrument(subject).map((type) => \`instruments:\${type}\`);
  const isKept = paths2.some((each) => lists.includes(each.path) && each.state === "live");
  return isKept ? void 0 : {
    path: upper,
    isListed: false
  };
}

// web/suggestions.ts
var LISTED_MS = 6e4;
function startSuggestions(model2, { field, servers, chosen }) {
  const options = find("add-paths");
  const listed = /* @__PURE__ */ new Map();
  const pathsOf2 = (server) => [
    ...model2.paths.values()
  ].filter((path) => path.server === server);
  const suggest = () => {
    const paths2 = pathsOf2(servers.value);
    const known = {
      instruments: [
        .../* @__PURE__ */ new Set([
          ...chosen()?.server === servers.value ? [
            chosen()?.subject ?? ""
          ] : [],
          ...paths2.filter(({ table, login: login2 }) => table !== "rows" && !login2).map(({ subject }) => subject),
          ...listed.get(servers.value)?.names ?? []
        ])
      ].filter((name) => name !== ""),
      subscribed: new Set(paths2.map(({ path }) => path))
    };
    const found = suggestPaths(field.value, known);
    options.replaceChildren(...found.map((value) => make("option", {
      value
    })));
  };
  const list = (server) => {
    const now = Date.now();
    const before = listed.get(server);
    if (before !== void 0 && !hasPassed(before.at, LISTED_MS, now)) return before.coming;
    const coming = fetch(\`/api/instruments?\${new URLSearchParams({
      server
    })}\`).then((response) => response.ok ? response.json() : []).catch(() => []);
    const asked = {
      at: now,
      coming,
      names: before?.names ?? []
    };
    listed.set(server, asked);
    return coming.then((names) => asked.names = names);
  };
  const begin = async () => {
    suggest();
    if (servers.value === "") return;
    await list(servers.value);
    suggest();
  };
  field.addEventListener("focus", begin);
  field.addEventListener("input", suggest);
  servers.addEventListener("change", begin);
  return {
    async meant(server, refused) {
      if (refused.length === 0) return [];
      const known = {
        paths: pathsOf2(server),
        listed: await list(server)
      };
      return refused.flatMap((path) => meantBy(path, known) ?? []).map(({ path, isListed }) => t(isListed ? "page.meant_listed" : "page.meant_likely", {
        path
      }));
    }
  };
}

// web/command_panel.ts
function startCommandPanel(model2, { chosen, onAdded }) {
  const form = find("add");
  const field = find("add-path");
  const servers = find("add-server");
  const [submit, reloads, drops] = [
    find("add-submit"),
    find("reload"),
    find("unsubscribe")
  ];
  const [why, said] = [
    find("read-only"),
    find("said")
  ];
  const dialog = find("confirm");
  const suggestions = startSuggestions(model2, {
    field,
    servers,
    chosen
  });
  let asked;
  let isBusy = false;
  const may = (op) => model2.tick?.commands.includes(op) === true;
  const run = async (command) => {
    if (isBusy) return void 0;
    isBusy = true;
    say2([
      t("page.asking")
    ], "");
    draw2();
    const outcome = await sendCommand(command, t);
    const meant = command.op === "reload" ? [] : await suggestions.meant(command.name, outcome.refused);
    isBusy = false;
    say2([
      ...outcome.lines,
      ...meant
    ], outcome.isDone ? "ok" : "bad");
    draw2();
    return outcome;
  };
  const say2 = (lines, level) => {
    said.dataset.level = level;
    said.hidden = lines.length === 0;
    said.replaceChildren(...lines.map((line) => make("div", {}, say(line))));
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [path, name] = [
      field.value.trim(),
      servers.value
    ];
    if (path === "") return field.focus();
    const outcome = await run({
      op: "subscribe",
      name,
      args: [
        path
      ]
    });
    if (outcome?.isDone !== true) return field.select();
    field.value = "";
    for (const added of outcome.paths) onAdded(name, added);
  });
  const reload = () => {
    if (may("reload")) void run({
      op: "reload"
    });
  };
  const unsubscribe = (path) => {
    if (path === void 0 || !may("unsubscribe") || dialog.open) return;
    asked = path;
    setText(find("confirm-what"), t("page.confirm_unsubscribe", {
      server: path.server,
      path: path.path
    }));
    dialog.showModal();
  };
  reloads.addEventListener("click", reload);
  drops.addEventListener("click", () => unsubscribe(chosen()));
  dialog.addEventListener("close", () => {
    if (dialog.open) return;
    const path = asked;
    asked = void 0;
    if (dialog.returnValue !== "yes" || path === void 0) return;
    dialog.returnValue = "";
    void run({
      op: "unsubscribe",
      name: path.server,
      args: [
        path.path
      ]
    });
  });
  const draw2 = () => {
    const { tick } = model2;
    form.hidden = !may("subscribe");
    reloads.hidden = !may("reload");
    drops.hidden = !may("unsubscribe");
    document.body.dataset.drops = String(may("unsubscribe"));
    for (const button of [
      submit,
      reloads
    ]) button.disabled = isBusy;
    drops.disabled = isBusy || chosen() === void 0;
    why.hidden = tick === void 0 || tick.commands.length > 0;
    setText(why, tick === void 0 ? "" : t(tick.accounts ? "page.no_command" : "page.read_only"));
    const names = tick?.servers.map(({ name }) => name) ?? [];
    if ([
      ...servers.options
    ].map(({ value }) => value).join("\\n") !== names.join("\\n")) {
      const before = servers.value;
      servers.replaceChildren(...names.map((name) => make("option", {
        value: name
      }, name)));
      if (names.includes(before)) servers.value = before;
    }
    servers.hidden = names.length < 2;
  };
  return {
    draw: draw2,
    focus: () => {
      if (!form.hidden) field.focus();
    },
    unsubscribe,
    reload
  };
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
var STATES = {
  idle: "page.connection_idle",
  waiting: "page.connection_waiting",
  connecting: "page.connection_connecting",
  connected: "page.connection_connected",
  stopped: "page.connection_stopped"
};
function fillItem(item, server, connection, now) {
  const { endpoint, state, since, attempts = 0, lastError, url = "", connId = "" } = connection;
  const [, name, when, count, why] = item.children;
  setAttribute(item, "data-state", state);
  setText(name.children[0], \`\${server.name} \`);
  setText(name.children[1], endpoint);
  const words = state in STATES ? t(STATES[state]) : state;
  setText(when, since === void 0 ? words : \`\${words} \${formatAge(Math.max(0, now - since))}\`);
  const { subscriptions } = connection;
  setText(count, subscriptions === void 0 ? "" : countPaths(subscriptions));
  const isDown = state === "waiting" || state === "connecting";
  why.hidden = !isDown || lastError === "";
  const reason = attempts > 1 ? t("page.attempt", {
    count: attempts,
    reason: lastError
  }) : say(lastError);
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

// web/copy.ts
var SHOWN_MS = 1500;
function copiesOf({ path, command }) {
  const key2 = /^(?:--scan --pattern|[A-Z]+) (?:'((?:[^']|'\\\\'')*)'|(\\S+))/.exec(command);
  return {
    "copy-path": path,
    "copy-key": key2?.[1]?.replaceAll("'\\\\''", "'") ?? key2?.[2] ?? "",
    "copy-command": \`redis-cli \${command}\`
  };
}
function startCopies(chosen) {
  const ids = [
    "copy-path",
    "copy-key",
    "copy-command"
  ];
  const buttons = ids.map((id) => ({
    id,
    button: find(id),
    name: find(id).textContent ?? ""
  }));
  const act = async ({ id, button, name }) => {
    const path = chosen();
    if (path === void 0) return;
    const done = await copy(copiesOf(path)[id] ?? "");
    setText(button, t(done ? "page.copied" : "page.not_copied"));
    setTimeout(() => setText(button, name), SHOWN_MS);
  };
  for (const each of buttons) each.button.addEventListener("click", () => void act(each));
  return {
    draw() {
      const path = chosen();
      for (const { id, button } of buttons) {
        button.disabled = path === void 0;
        button.title = path === void 0 ? "" : copiesOf(path)[id] ?? "";
      }
    },
    copyPath: () => void act(buttons[0])
  };
}
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "aside";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
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
  const [open2, high, low, close] = texts.map(Number);
  if (![
    at,
    open2,
    high,
    low,
    close
  ].every(Number.isFinite)) return void 0;
  const volume = Number(textOf(row.vol ?? row.volume ?? "0"));
  return {
    time: Math.floor(at / 1e3),
    ...{
      open: open2,
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
function timeOf(row) {
  return readTime(row.uTime ?? row.updateTime ?? row.ts ?? row.timestamp ?? row.cTime ?? row.created_at);
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
var NAMES2 = {
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
      theme: t(NAMES2[theme2])
    }));
  };
  let theme = stored();
  const next = () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
    store(STORED2, theme);
    show(theme);
    onChange();
  };
  show(theme);
  button.addEventListener("click", next);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);
  return next;
}
function stored() {
  return THEMES.find((each) => each === readStored(STORED2)) ?? "system";
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
  const { chart, candles, volumes } = createSeries(box);
  const bars = /* @__PURE__ */ new Map();
  const raw = /* @__PURE__ */ new Map();
  const keep = (row) => {
    const bar = readBar(row);
    if (bar !== void 0) raw.set(bar.time, row);
    return bar;
  };
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
  const showNewest = () => showBars(chart, {
    box,
    count: bars.size
  });
  whenWidthComes(box, showNewest);
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
  const drawSeries = () => {
    candles.setData([
      ...bars.values()
    ].map(candleOf));
    volumes.setData([
      ...bars.values()
    ].map(volumeOf));
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
      raw.clear();
      decimals2 = 0;
      const read = rows.map(keep).filter((bar) => bar !== void 0).sort((a, b) => a.time - b.time);
      for (const bar of read) bars.set(bar.time, bar);
      for (const bar of bars.values()) setDecimals(bar);
      drawSeries();
      showNewest();
      showLegend();
    },
    addRows(rows) {
      let newest = Math.max(-Infinity, ...bars.keys());
      let isInOrder = true;
      for (const bar of rows.map(keep).filter((each) => each !== void 0)) {
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
        drawSeries();
      }
      while (bars.size > MAX_BARS) {
        const oldest = [
          ...bars.keys()
        ][0];
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
    rows: () => [
      ...bars.keys()
    ].map((time) => raw.get(time)).filter((row) => row !== void 0),
    zoom(by) {
      const range = chart.timeScale().getVisibleLogicalRange();
      if (range === null || by === 0) showNewest();
      else showRange(chart, range.to, (range.to - range.from) / by);
    }
  };
}
function createSeries(box) {
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
  return {
    chart,
    candles,
    volumes
  };
}
function showBars(chart, { box, count }) {
  const last = count - 1;
  const fitting = Math.max(20, Math.floor(box.clientWidth / BAR_WIDTH));
  chart.timeScale().setVisibleLogicalRange({
    from: last - fitting,
    to: last + 4
  });
}
function showRange(chart, to, count) {
  const from = to - Math.min(MAX_BARS, Math.max(10, count));
  chart.timeScale().setVisibleLogicalRange({
    from,
    to
  });
}
function whenWidthComes(box, then) {
  let width = box.clientWidth;
  new ResizeObserver(() => {
    const before = width;
    width = box.clientWidth;
    if (before === 0 && width > 0) requestAnimationFrame(then);
  }).observe(box);
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
function candleOf({ time, open: open2, high, low, close }) {
  return {
    time,
    open: open2,
    high,
    low,
    close
  };
}
function volumeOf({ time, open: open2, close, volume }) {
  return {
    time,
    value: volume,
    color: color(close < open2 ? "--down-fill" : "--up-fill")
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

// web/points.ts
function pointsOf(samples, field) {
  const points = [];
  let next = Infinity;
  for (const sample of samples.toReversed()) {
    if (sample.at >= next) continue;
    next = sample.at;
    const time = sample.at / 1e3;
    const value = sample[field];
    points.push(value === null ? {
      time
    } : {
      time,
      value
    });
  }
  return points.reverse();
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
      first.setData(pointsOf(samples, fields[0]));
      second.setData(pointsOf(samples, fields[1]));
      chart.timeScale().fitContent();
    },
    paint
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

// web/role.ts
var ROLES = {
  active: "page.role_active",
  standby: "page.role_standby",
  waiting: "page.role_waiting",
  unprotected: "page.role_unprotected"
};
function describeRole({ lease, shard, missingShards, standbys }, translate2) {
  if (lease === null) return {
    role: "",
    details: "",
    missing: "",
    trouble: ""
  };
  const { role, epoch, ageMs } = lease;
  const name = translate2(ROLES[role]);
  const missing = missingShards.length === 0 ? "" : translate2("page.shards_missing", {
    shards: missingShards.join(", ")
  });
  const details = [
    epoch === 0 ? "" : translate2("page.epoch", {
      epoch
    }),
    ageMs === null ? "" : translate2("page.lease_age", {
      time: formatAge(ageMs)
    }),
    standbys === 0 ? "" : translate2("page.standbys", {
      count: standbys
    })
  ];
  return {
    role: join([
      name,
      shard === null ? "" : translate2("page.shard", {
        shard
      })
    ]),
    details: join(details),
    missing,
    trouble: join([
      role === "active" ? "" : name,
      missing
    ])
  };
}
function join(texts) {
  return texts.filter(Boolean).join(" \\xB7 ");
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
  let open2 = false;
  let trouble = "";
  const values = new Map(STATS.map((name) => {
    const value = make("dd", {}, "\\u2013");
    find("stats").append(make("div", {}, make("dt", {}, t(name)), value));
    return [
      name,
      value
    ];
  }));
  pill.addEventListener("click", () => {
    open2 = !open2;
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
      ...list.map(say),
      ...more > 0 ? [
        t("page.more", {
          count: more
        })
      ] : []
    ];
    faults.hidden = lines.length === 0 || !(open2 || lost);
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
      const role = tick === void 0 ? void 0 : describeRole(tick, t);
      setText(find("role"), role?.role ?? "");
      setAttribute(find("role"), "title", role?.details ?? "");
      setText(find("missing"), role?.missing ?? "");
      trouble = [
        level === "ok" ? "" : text,
        role?.trouble ?? ""
      ].filter(Boolean).join(" \\xB7 ");
      setText(find("version"), tick?.version ?? "");
      drawFaults();
      drawStats();
    },
    trouble: () => trouble
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
    const isOpen = document.querySelector("dialog[open]") !== null;
    const action = event.key === "?" && (dialog.open || !isOpen) ? help : isOpen ? void 0 : actions[event.key];
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
    }, say(text))));
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
    const best2 = book?.asks.slice(0, rows) ?? [];
    const worst = Math.max(best2.at(-1)?.total ?? 0, book?.bids[Math.min(rows, book.bids.length) - 1]?.total ?? 0);
    drawSide(asks, [
      ...best2
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

// web/csv.ts
function formatCsv(rows) {
  const names = /* @__PURE__ */ new Set();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  const lines = [
    [
      ...names
    ],
    ...rows.map((row) => [
      ...names
    ].map((name) => textOf2(row[name])))
  ];
  return lines.map((cells) => \`\${cells.map(cellOf).join(",")}\\r
\`).join("");
}
function cellOf(text) {
  const safe = /^[=+\\-@\\t\\r]/.test(text) && !Number.isFinite(Number(text)) ? \`'\${text}\` : text;
  return /[",\\r\\n]/.test(safe) ? \`"\${safe.replaceAll('"', '""')}"\` : safe;
}
function textOf2(value) {
  if (value === void 0 || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}
function fileName(server, path) {
  return \`\${\`\${server}_\${path}\`.replace(/[^A-Za-z0-9_.-]+/g, "-").slice(0, 120)}.csv\`;
}
function download(name, text) {
  const url = URL.createObjectURL(new Blob([
    text
  ], {
    type: "text/csv;charset=utf-8"
  }));
  const link2 = document.createElement("a");
  link2.href = url;
  link2.download = name;
  link2.click();
  setTimeout(() => URL.revokeObjectURL(url), 1e4);
}

// web/companion_selects.ts
var MAX_OPTIONS = 500;
function startCompanionSelects(model2, onChoose) {
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
  for (const { select } of selects) {
    select.addEventListener("change", () => {
      const path = model2.paths.get(Number(select.value));
      if (path !== void 0) onChoose(path);
    });
  }
  return {
    fill({ candles, book }) {
      for (const { select, kind } of selects) {
        fillSelect(select, pathsOf(model2, kind), kind === "candle" ? candles : book);
      }
    }
  };
}
function pathsOf(model2, kind) {
  return [
    ...model2.paths.values()
  ].filter((path) => path.kind === kind).sort((a, b) => a.server < b.server || a.server === b.server && a.path < b.path ? -1 : 1);
}
function fillSelect(select, paths2, current) {
  const several = new Set(paths2.map(({ server }) => server)).size > 1;
  const options = paths2.slice(0, MAX_OPTIONS).map(({ id, server, path }) => make("option", {
    value: String(id)
  }, several ? \`\${server} \${path}\` : path));
  if (current === void 0) options.unshift(make("option", {
    value: ""
  }, "\\u2013"));
  select.replaceChildren(...options);
  select.value = current === void 0 ? "" : String(current.id);
  select.disabled = options.length < 2;
}

// src/shared/row_tables.ts
var NAME_MEMBERS = [
  ...[
    "instId",
    "instrument_id",
    "sprdId",
    "ccy",
    "currency",
    "underlying",
    "uly",
    "instFamily"
  ]
];
var ACCOUNT_TABLES = {
  balances: [
    column("heading.currency", 0, "currency", "ccy", "currency", "instId", "underlying", "instrument_id"),
    column("heading.equity", 0, "figure", "eq", "equity", "cashBal", "balance", "totalEq"),
    column("heading.available", 1, "figure", "availBal", "availEq", "available", "total_avail_balance"),
    column("heading.frozen", 3, "figure", "frozenBal", "ordFrozen", "hold", "margin_frozen"),
    column("heading.unrealized", 3, "gain", "upl", "unrealized_pnl"),
    column("heading.in_usd", 4, "figure", "eqUsd", "totalEq")
  ],
  positions: [
    column("heading.instrument", 0, "name", ...NAME_MEMBERS),
    column("heading.side", 2, "text", "posSide", "side", "direction"),
    column("heading.size", 0, "figure", "pos", "position", "long_qty"),
    column("heading.entry", 1, "figure", "avgPx", "avg_cost", "long_avg_cost"),
    column("heading.mark", 2, "figure", "markPx", "last"),
    column("heading.unrealized", 1, "gain", "upl", "unrealized_pnl", "long_unrealised_pnl"),
    column("heading.liquidation", 3, "figure", "liqPx", "liquidation_price", "long_liqui_price"),
    column("heading.leverage", 4, "figure", "lever", "leverage")
  ],
  orders: [
    column("heading.instrument", 0, "name", ...NAME_MEMBERS),
    column("heading.side", 2, "side", "side"),
    column("heading.type", 3, "text", "ordType", "order_type", "algoOrdType", "type"),
    column("heading.price", 0, "figure", "px", "price", "triggerPx", "slTriggerPx"),
    column("heading.size", 1, "figure", "sz", "size"),
    column("heading.filled", 2, "figure", "accFillSz", "filled_size", "filled_qty"),
    column("heading.order", 1, "text", "state"),
    column("id", 4, "text", "ordId", "order_id", "algoId", "algo_id", "rfqId", "quoteId")
  ]
};
function column(title, rank, as, ...members) {
  return {
    title,
    rank,
    as,
    members
  };
}

// web/notice.ts
var TABLE_NAMES = {
  orders: "page.orders",
  positions: "page.positions",
  balances: "page.balances"
};
function isAccountKind(kind) {
  return kind in ACCOUNT_TABLES;
}
function noticeOf(path, now, translate2) {
  if (path === void 0 || path.state === "live") return "";
  const { state, since, receivedAt, error, nextAt, everyMs } = path;
  if (state === "overdue") {
    const time2 = formatAge(Math.max(0, now - (receivedAt > 0 ? receivedAt : since)));
    return translate2("page.silent", {
      time: time2,
      every: formatAge(everyMs ?? 0)
    });
  }
  const time = since > 0 ? formatAge(Math.max(0, now - since)) : "";
  const what = time === "" ? state : translate2("page.state_for", {
    state,
    time
  });
  const why = withMeant(path, error === "" ? what : translate2("page.because", {
    what,
    reason: error
  }), translate2);
  const seconds = Math.ceil((nextAt - now) / 1e3);
  return nextAt > 0 && seconds > 0 ? translate2("page.next_attempt", {
    reason: why,
    seconds
  }) : why;
}
function withMeant({ path, state }, reason, translate2) {
  const upper = state === "refused" ? upperCaseOf(path) : void 0;
  return upper === void 0 ? reason : \`\${reason} \\xB7 \${translate2("page.meant_likely", {
    path: upper
  })}\`;
}
function titleOf(path, { price, trouble, shard }, translate2) {
  const parts = [
    trouble,
    ...path === void 0 ? [] : subjectsOf2(path, price, translate2)
  ].filter(Boolean);
  return [
    parts.join(" \\xB7 "),
    \`okws \${shard}\`.trimEnd()
  ].filter(Boolean).join(" \\u2013 ");
}
function subjectsOf2({ path, subject, state, table }, price, translate2) {
  if (isAccountKind(table)) {
    return [
      [
        translate2(TABLE_NAMES[table]),
        subject
      ].filter(Boolean).join(" "),
      state
    ];
  }
  const what = price !== "" ? \`\${price} \${subject}\` : table === "rows" ? path : subject || path;
  return [
    state === "live" ? "" : state,
    what
  ];
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
  const report = (link2) => handlers.onStatus?.(link2);
  const onMessage = () => {
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
    report("lost");
    retry = setTimeout(open2, retryMs);
    if (!watched) retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  };
  const open2 = () => {
    shut();
    if (closed) return;
    const own = new EventSource(url);
    events = own;
    for (const [name, act] of Object.entries(handlers.on)) {
      own.addEventListener(name, (event) => {
        if (events !== own) return;
        onMessage();
        report("open");
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
    else if (events === void 0) open2();
  };
  document.addEventListener("visibilitychange", onVisible);
  open2();
  return {
    close() {
      closed = true;
      shut();
      clearTimeout(hidden);
      document.removeEventListener("visibilitychange", onVisible);
    }
  };
}

// web/row_feed.ts
function createRowFeed() {
  let source;
  let opened = "";
  return {
    open(server, shown) {
      const paths2 = [
        ...new Set(shown.map(({ path }) => path.path))
      ];
      const key2 = JSON.stringify([
        server,
        shown.map(({ name, path }) => [
          name,
          path.path
        ])
      ]);
      if (key2 === opened) return;
      opened = key2;
      source?.close();
      source = void 0;
      if (server === void 0 || paths2.length === 0) return;
      const query = new URLSearchParams([
        [
          "server",
          server
        ],
        ...paths2.map((path) => [
          "path",
          path
        ])
      ]);
      source = openSource(\`/api/rows?\${query}\`, {
        on: handlersOf(shown)
      }, false);
    }
  };
}
function handlersOf(shown) {
  const panelsOf = (path) => shown.filter((each) => each.path.path === path).map(({ panel }) => panel);
  return {
    snapshot(data) {
      const { path, rows, keys = [] } = data;
      for (const panel of panelsOf(path)) panel.setRows(rows, keys);
    },
    rows(data) {
      const { path, rows, keys = [] } = data;
      for (const panel of panelsOf(path)) panel.addRows(rows, keys);
    }
  };
}

// web/row_panel.ts
var MAX_TEXT3 = 600;
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
      setText(line.children[1], textOf3(value));
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
    },
    rows: () => shown
  };
}
function textOf3(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return text.length > MAX_TEXT3 ? \`\${text.slice(0, MAX_TEXT3)}\\u2026\` : text;
}

// web/row_tabs.ts
function startRowTabs(onToggle) {
  let rowShown = false;
  const [tabTrades, tabRow] = [
    find("tab-trades"),
    find("tab-row")
  ];
  tabTrades.addEventListener("click", () => rowShown && onToggle());
  tabRow.addEventListener("click", () => rowShown || onToggle());
  for (const tab of [
    tabTrades,
    tabRow
  ]) {
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      onToggle();
      (rowShown ? tabRow : tabTrades).focus();
    });
  }
  return {
    isRow: () => rowShown,
    show(isRow) {
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
    }
  };
}

// web/table_panel.ts
var MAX_ROWS = 500;
var TITLES = {
  "heading.currency": "page.currency",
  "heading.equity": "page.equity",
  "heading.available": "page.available",
  "heading.frozen": "page.frozen",
  "heading.unrealized": "page.unrealized",
  "heading.in_usd": "page.in_usd",
  "heading.instrument": "page.instrument",
  "heading.side": "page.side",
  "heading.size": "page.size",
  "heading.entry": "page.entry",
  "heading.mark": "page.mark",
  "heading.liquidation": "page.liquidation",
  "heading.leverage": "page.leverage",
  "heading.type": "page.type",
  "heading.price": "page.price",
  "heading.filled": "page.filled",
  "heading.order": "page.order_state"
};
function startTablePanel() {
  const table = find("table");
  const empty = find("table-empty");
  const [head, body] = [
    make("tr"),
    make("tbody")
  ];
  table.append(make("thead", {}, head), body);
  const rows = /* @__PURE__ */ new Map();
  let kind = "orders";
  let path = "";
  const add = (added, keys) => {
    for (const [i, row] of added.entries()) {
      const key2 = keys[i] ?? JSON.stringify(row);
      rows.delete(key2);
      rows.set(key2, row);
      if (rows.size > MAX_ROWS) rows.delete(rows.keys().next().value);
    }
  };
  const draw2 = () => {
    const columns = ACCOUNT_TABLES[kind];
    const lines = ordered(kind, [
      ...rows.values()
    ]);
    resize(body, lines.length, () => make("tr"));
    for (const [i, row] of lines.entries()) {
      const line = body.children[i];
      resize(line, columns.length, () => make("td"));
      for (const [n, column2] of columns.entries()) {
        const { text, look } = cellOf2(row, column2, path);
        const cell = line.children[n];
        setText(cell, text);
        setAttribute(cell, "class", look);
      }
    }
    table.hidden = lines.length === 0;
    setText(empty, lines.length === 0 ? t("page.no_row") : "");
  };
  return {
    setKind(next, shown) {
      kind = next;
      path = shown;
      rows.clear();
      setText(find("h-table"), t(TABLE_NAMES[kind]));
      const columns = ACCOUNT_TABLES[kind];
      head.replaceChildren(...columns.map(({ title, as }) => make("th", {
        scope: "col",
        class: as === "figure" || as === "gain" ? "figure" : ""
      }, title === "id" ? "id" : t(TITLES[title]))));
      draw2();
    },
    setRows(next, keys) {
      rows.clear();
      add(next, keys);
      draw2();
    },
    addRows(next, keys) {
      add(next, keys);
      draw2();
    },
    clear(...words) {
      rows.clear();
      draw2();
      empty.replaceChildren(...words);
    },
    rows: () => ordered(kind, [
      ...rows.values()
    ])
  };
}
function ordered(kind, rows) {
  if (kind === "orders") return rows.toSorted((a, b) => (timeOf(b) || 0) - (timeOf(a) || 0));
  const name = (row) => valueOf(row, ACCOUNT_TABLES[kind][0].members);
  return rows.toSorted((a, b) => name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0);
}
function cellOf2(row, { as, members }, path) {
  const text = valueOf(row, members);
  switch (as) {
    case "currency":
      return {
        text: text === "" ? t("page.all_of", {
          path
        }) : text,
        look: "name"
      };
    case "name":
      return {
        text: text === "" ? path.slice(path.indexOf(":") + 1) : text,
        look: "name"
      };
    case "side":
      return {
        text,
        look: text === "buy" ? "up" : text === "sell" ? "down" : ""
      };
    case "gain":
      return {
        text,
        look: \`figure\${Number(text) > 0 ? " up" : Number(text) < 0 ? " down" : ""}\`
      };
    default:
      return {
        text,
        look: as === "figure" ? "figure" : ""
      };
  }
}
function valueOf(row, members) {
  for (const name of members) {
    const value = row[name];
    if (value === void 0 || value === null || value === "") continue;
    return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 100);
  }
  return "";
}

// web/tape_panel.ts
var MAX_TRADES = 80;
function startTapePanel() {
  const tape = find("trades");
  const empty = find("trades-empty");
  let trades = [];
  const raw = /* @__PURE__ */ new WeakMap();
  const add = (rows) => {
    const known = new Set(trades.map(({ id }) => id));
    const fresh = rows.flatMap((row) => {
      const trade = readTrade(row);
      if (trade === void 0 || known.has(trade.id)) return [];
      raw.set(trade, row);
      return [
        trade
      ];
    });
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
    },
    rows: () => trades.map((trade) => raw.get(trade)).filter((row) => row !== void 0)
  };
}

// web/market.ts
function startMarket(model2, port2) {
  return new MarketPanels(model2, port2);
}
var MarketPanels = class {
  #model;
  #port;
  #chart = startChartPanel();
  #book = createBook();
  #tape = startTapePanel();
  #row = startRowPanel();
  #table = startTablePanel();
  #feed = createRowFeed();
  #selects;
  #tabs;
  #chosen;
  #missing = "";
  #companions = companionsOf([], void 0);
  constructor(model2, port2) {
    this.#model = model2;
    this.#port = port2;
    this.#selects = startCompanionSelects(model2, (path) => port2.onChoose(path));
    this.#tabs = startRowTabs(() => this.toggleRow());
    find("chart-save").addEventListener("click", () => this.#saveChart());
    find("tape-save").addEventListener("click", () => this.#saveTape());
    find("table-save").addEventListener("click", () => this.#saveTable());
    this.#tabs.show(false);
    this.#explain();
    this.draw();
  }
  show(path, choice) {
    const before = choice === void 0 ? this.#companions : {
      candles: this.#find(path.server, \`\${choice.candles}:\${path.subject}\`),
      book: this.#find(path.server, \`\${choice.book}:\${path.subject}\`),
      trades: this.#companions.trades
    };
    const isOther = this.#chosen?.server !== path.server || this.#chosen.path !== path.path;
    this.#missing = "";
    this.#chosen = path;
    this.#companions = companionsOf(this.#model.paths.values(), path, before);
    if (isOther && isAccountKind(path.table)) this.#table.setKind(path.table, path.path);
    this.#tabs.show(choice?.row ?? rowOf(path) ?? this.#tabs.isRow());
    this.#update();
  }
  showMissing(server, path) {
    this.#hide(t("page.not_subscribed", {
      server,
      path
    }));
  }
  refresh() {
    if (this.#chosen === void 0) return this.#selects.fill(this.#companions);
    const same = this.#find(this.#chosen.server, this.#chosen.path);
    if (same !== void 0) {
      return this.show(same, {
        row: this.#tabs.isRow(),
        ...channelsOf(this.#companions)
      });
    }
    this.#hide("");
  }
  draw() {
    const chosen = this.#chosen;
    const hasTable = chosen !== void 0 && isAccountKind(chosen.table);
    find("table-panel").hidden = !hasTable;
    find("chart-panel").hidden = hasTable;
    this.#showNotice("chart", this.#companions.candles);
    this.#showNotice("book", this.#companions.book);
    this.#showNotice("tape", this.#tabs.isRow() ? chosen : this.#companions.trades);
    this.#showNotice("table", hasTable ? chosen : void 0);
  }
  chosen() {
    return this.#chosen;
  }
  choice() {
    const best2 = companionsOf(this.#model.paths.values(), this.#chosen);
    const [is, usual] = [
      channelsOf(this.#companions),
      channelsOf(best2)
    ];
    const isRow = this.#tabs.isRow();
    return {
      row: this.#chosen === void 0 || isRow === (rowOf(this.#chosen) ?? false) ? void 0 : isRow,
      candles: is.candles === usual.candles ? "" : is.candles,
      book: is.book === usual.book ? "" : is.book
    };
  }
  toggleRow() {
    this.#tabs.show(!this.#tabs.isRow());
    this.#open();
    this.draw();
    this.#port.onChange();
  }
  stepBar(by) {
    const current = this.#companions.candles;
    if (current === void 0) return;
    const bars = [
      ...this.#model.paths.values()
    ].filter(({ kind, server, subject }) => kind === "candle" && server === current.server && subject === current.subject);
    bars.sort((a, b) => barSeconds(a.path) - barSeconds(b.path) || (a.path < b.path ? -1 : 1));
    const next = bars[bars.indexOf(current) + by];
    if (next !== void 0) this.#port.onChoose(next);
  }
  zoom(by) {
    this.#chart.zoom(by);
  }
  save() {
    const chosen = this.#chosen;
    if (chosen !== void 0 && isAccountKind(chosen.table)) this.#saveTable();
    else if (chosen?.kind === "candle" || this.#companions.candles !== void 0) this.#saveChart();
    else this.#saveTape();
  }
  paint() {
    this.#chart.paint();
  }
  #hide(words) {
    this.#missing = words;
    this.#chosen = void 0;
    this.#companions = companionsOf([], void 0);
    this.#update();
  }
  #update() {
    this.#selects.fill(this.#companions);
    this.#explain();
    this.#open();
    this.draw();
  }
  /** Has the panels fed. */
  #open() {
    this.#feed.open(this.#chosen?.server, this.#shown());
  }
  #shown() {
    const { candles, book, trades } = this.#companions;
    const isRow = this.#tabs.isRow();
    const own = this.#chosen !== void 0 && this.#mayShow(this.#chosen) ? this.#chosen : void 0;
    const list = [
      candles && {
        name: "chart",
        panel: this.#chart,
        path: candles
      },
      book && {
        name: "book",
        panel: this.#book,
        path: book
      },
      trades && !isRow ? {
        name: "tape",
        panel: this.#tape,
        path: trades
      } : void 0,
      own && isRow ? {
        name: "row",
        panel: this.#row,
        path: own
      } : void 0,
      own && isAccountKind(own.table) ? {
        name: "table",
        panel: this.#table,
        path: own
      } : void 0
    ];
    return list.filter((each) => each !== void 0);
  }
  #mayShow(path) {
    return !path.login || this.#model.tick?.accounts === true;
  }
  /** Says in each panel without a path why it is empty. */
  #explain() {
    const { candles, book, trades } = this.#companions;
    if (candles === void 0) this.#explainPanel(this.#chart, "page.what_candles", "candle1m");
    if (book === void 0) this.#explainPanel(this.#book, "page.what_book", "books");
    if (trades === void 0) this.#explainPanel(this.#tape, "page.what_trades", "trades");
    if (this.#chosen === void 0) this.#row.clear(this.#missing);
    else if (!this.#mayShow(this.#chosen)) {
      this.#row.clear(t("page.accounts"));
      this.#table.clear(t("page.accounts"));
    }
  }
  #explainPanel(panel, what, channel2) {
    const chosen = this.#chosen;
    if (chosen === void 0) return panel.clear(this.#missing || t("page.choose"));
    const { server, subject } = chosen;
    const isAccount = chosen.login || isAccountKind(chosen.table);
    if (subject === "" || isAccount) return panel.clear(t("page.none_here", {
      what: t(what)
    }));
    const command = \`okws client subscribe \${server} \${channel2}:\${subject}\`;
    panel.clear(make("span", {}, t("page.none_of", {
      what: t(what),
      subject
    })), make("code", {}, command));
  }
  /** What a person must know of a path before believing its panel. */
  #showNotice(name, path) {
    const notice = find(\`\${name}-notice\`);
    const text = noticeOf(path, this.#model.now(), t);
    setText(notice, text);
    notice.hidden = text === "";
    const state = text === "" ? "" : path?.state ?? "";
    if (name !== "book") {
      notice.parentElement?.classList.toggle("uncertain", state !== "");
      setText(find(\`\${name}-state\`), name === "tape" && path !== void 0 ? path.path : state);
    }
    setAttribute(notice, "data-state", state);
  }
  #find(server, path) {
    return [
      ...this.#model.paths.values()
    ].find((each) => each.server === server && each.path === path);
  }
  #saveChart() {
    save(this.#chart.rows(), this.#companions.candles);
  }
  #saveTape() {
    if (this.#tabs.isRow()) save(this.#row.rows(), this.#chosen);
    else save(this.#tape.rows(), this.#companions.trades);
  }
  #saveTable() {
    save(this.#table.rows(), this.#chosen);
  }
};
function createBook() {
  const ladder = startBookPanel();
  return {
    setRows: (rows) => ladder.setRow(rows.at(-1)),
    addRows: (rows) => ladder.setRow(rows.at(-1)),
    clear: (...words) => ladder.clear(...words)
  };
}
function save(rows, path) {
  if (path !== void 0 && rows.length > 0) download(fileName(path.server, path.path), formatCsv(rows));
}
function rowOf({ kind }) {
  return kind === "row" || kind === "rows" ? true : kind === "trades" ? false : void 0;
}
function channelsOf({ candles, book }) {
  return {
    candles: channelIn(candles),
    book: channelIn(book)
  };
}

// web/model.ts
var MAX_SAMPLES = 600;
var MAX_ENTRIES = 300;
var MAX_SEEN = 40;
var SEEN_MS = 3e3;
var SMOOTHING = 0.4;
var Model = class {
  paths = /* @__PURE__ */ new Map();
  /** By server and instrument. */
  quotes = /* @__PURE__ */ new Map();
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
    this.quotes.clear();
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
  /** Prices that changed. */
  quote(quotes, now = Date.now()) {
    for (const quote of quotes) {
      const key2 = \`\${quote.server}
\${quote.subject}\`;
      const { seen = [], seenAt = 0, ...before } = this.quotes.get(key2) ?? {};
      const merged = {
        ...before,
        ...quote
      };
      const last = Number(merged.last ?? NaN);
      if (!Number.isFinite(last)) this.quotes.set(key2, {
        ...merged,
        seen,
        seenAt
      });
      else if (!hasPassed(seenAt, SEEN_MS, now)) {
        this.quotes.set(key2, {
          ...merged,
          seen: [
            ...seen.slice(0, -1),
            last
          ],
          seenAt
        });
      } else this.quotes.set(key2, {
        ...merged,
        seen: [
          ...seen,
          last
        ].slice(-MAX_SEEN),
        seenAt: now
      });
    }
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
    if (seconds >= 0 && seconds < 0.5) return;
    this.#counted = tick.now;
    for (const path of this.paths.values()) {
      const grown = Math.max(0, path.rows - path.counted);
      path.counted = path.rows;
      if (seconds < 0) continue;
      path.rate += (grown / seconds - path.rate) * SMOOTHING;
      if (path.rate < 0.05) path.rate = 0;
    }
  }
  #define([id, server, path, kind, everyMs, login2, table, command]) {
    this.paths.set(id, {
      ...{
        id,
        server,
        path,
        kind,
        everyMs,
        login: login2,
        table,
        command
      },
      subject: subjectOf(path),
      ...{
        state: "wanted",
        since: 0,
        receivedAt: 0,
        rows: 0,
        error: "",
        connection: "",
        nextAt: 0,
        rate: 0,
        counted: -1
      }
    });
  }
};
function update(path, [, state, since, receivedAt, rows, error, connection, nextAt]) {
  path.state = state;
  path.since = since;
  path.receivedAt = receivedAt;
  path.rows = rows;
  path.error = error;
  path.connection = connection;
  path.nextAt = nextAt;
}
function groupOf(state) {
  if (state === "live") return "live";
  return state === "wanted" || state === "sent" || state === "syncing" ? "waiting" : "problems";
}
function problemOf({ state }) {
  return groupOf(state) === "problems" ? state : "";
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

// web/phone.ts
var PHONE = "(max-width: 760px), (max-height: 500px) and (orientation: landscape)";
function isPhone() {
  return matchMedia(PHONE).matches;
}

// web/virtual_list.ts
var BEYOND = 6;
function startVirtualList(options) {
  const { idOf, isChosen, create, fill, onChoose, now } = options;
  const list = find(options.id);
  const space = make("div", {
    class: "space",
    role: "presentation"
  });
  const empty = make("p", {
    class: "empty"
  });
  list.append(space);
  list.after(empty);
  let shown = [];
  const redraw = () => {
    const height = rowHeight();
    space.style.height = \`\${shown.length * height}px\`;
    const first = Math.max(0, Math.floor(list.scrollTop / height) - BEYOND);
    const visible = shown.slice(first, first + Math.ceil(list.clientHeight / height) + 2 * BEYOND);
    resize(space, visible.length, create);
    let active;
    for (const [i, line] of visible.entries()) {
      const item = space.children[i];
      item.id = \`\${options.id}-\${idOf(line).replace(/\\s/g, "_")}\`;
      item.dataset.at = String(first + i);
      item.style.top = \`\${(first + i) * height}px\`;
      setAttribute(item, "aria-selected", String(isChosen(line)));
      setAttribute(item, "aria-posinset", String(first + i + 1));
      setAttribute(item, "aria-setsize", String(shown.length));
      if (isChosen(line)) active ??= item.id;
      fill(item, line, now());
    }
    if (active === void 0) list.removeAttribute("aria-activedescendant");
    else setAttribute(list, "aria-activedescendant", active);
  };
  const reveal = (index) => {
    if (index < 0) return;
    const height = rowHeight();
    if (index * height < list.scrollTop) list.scrollTop = index * height;
    const below = (index + 1) * height - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  };
  const chooseAt = (index, how = "key", target) => {
    const line = shown[index];
    if (line === void 0) return;
    reveal(index);
    onChoose(line, how, target);
  };
  const step = (by) => {
    if (options.onStep !== void 0) return options.onStep(by);
    const at = shown.findIndex(isChosen);
    chooseAt(at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by)));
  };
  space.addEventListener("click", (event) => {
    const target = event.target;
    const item = target.closest(".item");
    if (item !== null) chooseAt(Number(item.dataset.at), "click", target);
  });
  list.addEventListener("scroll", redraw);
  list.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Home") chooseAt(0);
    else if (event.key === "End") chooseAt(shown.length - 1);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(redraw).observe(list);
  return {
    draw(lines, words) {
      shown = lines;
      setText(empty, lines.length === 0 ? words : "");
      list.hidden = lines.length === 0;
      redraw();
    },
    redraw,
    step,
    enter() {
      if (!shown.some(isChosen)) chooseAt(0);
    },
    reveal: (id) => reveal(shown.findIndex((line) => idOf(line) === id)),
    toTop: () => list.scrollTop = 0
  };
}
function rowHeight() {
  return isPhone() ? 34 : 26;
}

// web/paths_panel.ts
var GROUPS2 = [
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
function startPathsPanel(model2, port2) {
  let order = "path";
  let prefixed = false;
  const list = startVirtualList({
    id: "list",
    idOf: ({ id }) => String(id),
    isChosen: (path) => isSame(path, port2.chosen()),
    create: createPathItem,
    fill: (item, path, now) => fillPathItem(item, path, now, prefixed),
    onChoose: (path, how, target) => isDrop(target) ? port2.onDrop(path) : port2.onChoose(path, how),
    now: () => model2.now()
  });
  const chips = startChips("filters", GROUPS2, port2.onGroup);
  const sorts = startSorts("sorts", ORDERS, (name) => {
    order = name;
    draw2();
  });
  const draw2 = () => {
    const all = [
      ...model2.paths.values()
    ];
    const group = port2.group();
    const shown = pick(all, {
      group,
      words: port2.words(),
      order,
      now: model2.now()
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
    prefixed = new Set(all.map(({ server }) => server)).size > 1;
    list.draw(shown, all.length === 0 ? t("page.none_subscribed") : t("page.no_match"));
  };
  return {
    draw: draw2,
    step: (by) => list.step(by),
    enter: () => list.enter(),
    toTop: () => list.toTop(),
    reveal: () => list.reveal(String(port2.chosen()?.id))
  };
}
function isSame(path, other) {
  return path.server === other?.server && path.path === other.path;
}
function createPathItem() {
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
  }), make("span", {
    class: "drop",
    title: t("page.drop"),
    "aria-hidden": "true"
  }, "\\xD7"));
}
function isDrop(target) {
  return target?.closest(".drop") !== null && target !== void 0;
}
function fillPathItem(item, path, now, prefixed) {
  setAttribute(item, "data-state", path.state);
  const [, name, rate, age] = item.children;
  setText(name.children[0], prefixed ? \`\${path.server} \` : "");
  setText(name.children[1], path.path);
  setText(rate, path.rate === 0 ? "" : formatCount(path.rate));
  setText(age, ageOf(path, now));
  setAttribute(item, "title", titleOf2(path));
}
function startChips(id, groups, onGroup) {
  const chips = groups.map(([name, title]) => {
    const count = make("b", {}, "0");
    const chip = make("button", {
      class: "chip",
      type: "button",
      "data-group": name
    }, t(title), count);
    chip.addEventListener("click", () => onGroup(name));
    return {
      name,
      chip,
      count
    };
  });
  find(id).append(...chips.map(({ chip }) => chip));
  return chips;
}
function startSorts(id, orders, onOrder) {
  const sorts = orders.map(([name, title]) => {
    const button = make("button", {
      type: "button"
    }, t(title));
    button.addEventListener("click", () => onOrder(name));
    return {
      name,
      button
    };
  });
  find(id).append(...sorts.map(({ button }) => button));
  return sorts;
}
function ageOf({ state, receivedAt }, now) {
  if (state !== "live" && state !== "overdue" && state !== "stale") return state;
  return receivedAt === 0 ? state : formatAge(Math.max(0, now - receivedAt));
}
function titleOf2({ server, path, state, connection, error, everyMs }) {
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
  if (error !== "") parts.push(say(error));
  return parts.join(" \\xB7 ");
}

// web/watchlist.ts
function pinName(server, subject) {
  return \`\${server} \${subject}\`;
}
function watchLines(model2, { group, words, order, pinned, chosen }) {
  const wanted = words.toLowerCase().split(/\\s+/).filter((word) => word !== "");
  const mayShow = (path) => !path.login || model2.tick?.accounts === true;
  const shown = [
    ...model2.paths.values()
  ].map((path) => mayShow(path) ? {
    ...path,
    login: false
  } : path);
  const lines = instrumentsOf(shown).map((instrument) => lineOf(model2, instrument, pinned)).filter((line) => {
    const { instrument, state } = line;
    if (group === "pinned" && !line.pinned) return false;
    if (group === "problems" && state === "live") return false;
    const text = \`\${instrument.server} \${instrument.subject}\`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  lines.sort((a, b) => Number(b.pinned) - Number(a.pinned) || (order === "change" ? (b.change ?? -Infinity) - (a.change ?? -Infinity) : 0) || compare2(a.instrument.subject, b.instrument.subject) || compare2(a.instrument.server, b.instrument.server));
  return lines.flatMap((line) => {
    const { server, subject, paths: paths2 } = line.instrument;
    if (chosen?.server !== server || chosen.subject !== subject) return [
      line
    ];
    const below = paths2.map(({ id }) => model2.paths.get(id)).filter((path) => path !== void 0);
    below.sort((a, b) => compare2(a.path, b.path));
    return [
      line,
      ...below.map((path) => ({
        kind: "path",
        id: String(path.id),
        path
      }))
    ];
  });
}
function lineOf(model2, instrument, pinned) {
  const { server, subject, price, paths: paths2 } = instrument;
  const quote = model2.quotes.get(\`\${server}
\${subject}\`);
  const { last = "", open: open2 = "", closes = [], seen = [] } = quote ?? {};
  const course = closes.length > 0 ? [
    ...closes.slice(0, -1),
    Number(last)
  ] : seen;
  const from = open2 === "" ? course[0] : Number(open2);
  const isKnown = last !== "" && from !== void 0 && from > 0 && (open2 !== "" || course.length > 1);
  const problems = paths2.map(problemOf).filter((problem) => problem !== "");
  const isLive = price?.state === "live";
  return {
    kind: "instrument",
    id: pinName(server, subject),
    ...{
      instrument,
      last,
      course,
      isLive
    },
    change: isKnown ? (Number(last) / from - 1) * 100 : void 0,
    isDaily: open2 !== "",
    pinned: pinned.has(pinName(server, subject)),
    state: isLive || price === void 0 ? problems[0] ?? "live" : price.state
  };
}
function directionOf(values) {
  const rise = (values.at(-1) ?? 0) - (values[0] ?? 0);
  return rise > 0 ? "up" : rise < 0 ? "down" : "";
}
function sparkPoints(values, width, height) {
  if (values.length < 2 || !values.every(Number.isFinite)) return "";
  const [low, high] = [
    Math.min(...values),
    Math.max(...values)
  ];
  const scale = high === low ? 0 : (height - 2) / (high - low);
  return values.map((value, i) => {
    const x = i / (values.length - 1) * width;
    const y = scale === 0 ? height / 2 : height - 1 - (value - low) * scale;
    return \`\${Math.round(x * 10) / 10},\${Math.round(y * 10) / 10}\`;
  }).join(" ");
}
function compare2(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// web/watch_panel.ts
var GROUPS3 = [
  [
    "all",
    "page.all"
  ],
  [
    "pinned",
    "page.pinned"
  ],
  [
    "problems",
    "page.problems"
  ]
];
var ORDERS2 = [
  [
    "name",
    "page.instrument"
  ],
  [
    "change",
    "page.change"
  ]
];
var STORED3 = "okws-pinned";
var MAX_PINNED = 200;
var SVG = "http://www.w3.org/2000/svg";
var [SPARK_WIDTH, SPARK_HEIGHT] = [
  44,
  18
];
function startWatchPanel(model2, port2) {
  let order = "name";
  let prefixed = false;
  const pinned = readPinned();
  const chips = startChips("watch-filters", GROUPS3, port2.onGroup);
  const sorts = startSorts("watch-sorts", ORDERS2, (name) => {
    order = name;
    draw2();
  });
  const linesOf = (group, words) => watchLines(model2, {
    group,
    words,
    order,
    pinned,
    chosen: port2.chosen()
  });
  const list = startVirtualList({
    id: "watch",
    idOf: ({ id }) => id,
    isChosen(line) {
      const chosen = port2.chosen();
      return line.kind === "path" ? line.path.id === chosen?.id : false;
    },
    create: () => make("div", {
      class: "item",
      role: "option"
    }),
    fill: (item, line, now) => fillItem2(item, line, {
      now,
      prefixed,
      chosen: port2.chosen()
    }),
    onChoose(line, how, target) {
      if (line.kind === "path") {
        return isDrop(target) ? port2.onDrop(line.path) : port2.onChoose(line.path, how);
      }
      const { server, subject, paths: paths2 } = line.instrument;
      if (target?.closest(".pin")) return pin(server, subject);
      chooseFirst(paths2, how);
    },
    now: () => model2.now(),
    onStep: (by) => step(by)
  });
  const chooseFirst = (paths2, how) => {
    const path = firstChoice(paths2.map(({ id }) => model2.paths.get(id)).filter((each) => each !== void 0));
    if (path !== void 0) port2.onChoose(path, how);
  };
  const pin = (server, subject) => {
    const name = pinName(server, subject);
    if (!pinned.delete(name) && pinned.size < MAX_PINNED) pinned.add(name);
    store(STORED3, JSON.stringify([
      ...pinned
    ]));
    draw2();
  };
  const draw2 = () => {
    const group = port2.group();
    const all = linesOf("all", "").filter(({ kind }) => kind === "instrument");
    const lines = linesOf(group, port2.words());
    const problems = all.filter((line) => line.kind === "instrument" && line.state !== "live").length;
    const numbers = {
      all: all.length,
      problems,
      pinned: all.filter((line) => line.kind === "instrument" && line.pinned).length
    };
    for (const { name, chip, count } of chips) {
      setText(count, String(numbers[name]));
      setAttribute(chip, "aria-pressed", String(name === group));
      setAttribute(chip, "data-alarm", String(name === "problems" && problems > 0));
    }
    for (const { name, button } of sorts) setAttribute(button, "aria-pressed", String(name === order));
    prefixed = new Set([
      ...model2.paths.values()
    ].map(({ server }) => server)).size > 1;
    list.draw(lines, model2.paths.size === 0 ? t("page.none_subscribed") : t("page.no_instrument"));
  };
  const step = (by) => {
    const lines = linesOf(port2.group(), port2.words()).filter((line) => line.kind === "instrument");
    const chosen = port2.chosen();
    const at = lines.findIndex(({ instrument: { server, subject } }) => server === chosen?.server && subject === chosen.subject);
    const next = lines[at < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, at + by))];
    if (next !== void 0) chooseFirst(next.instrument.paths, "key");
  };
  return {
    draw: draw2,
    step: (by) => list.step(by),
    stepInstrument: step,
    enter: () => list.enter(),
    toTop: () => list.toTop(),
    reveal: () => list.reveal(String(port2.chosen()?.id)),
    togglePin() {
      const chosen = port2.chosen();
      if (chosen !== void 0 && chosen.subject !== "") pin(chosen.server, chosen.subject);
    }
  };
}
function fillItem2(item, line, { now, prefixed, chosen }) {
  if (item.dataset.kind !== line.kind) {
    item.dataset.kind = line.kind;
    item.replaceChildren(...(line.kind === "path" ? createPathItem() : createInstrumentItem()).childNodes);
  }
  setAttribute(item, "class", line.kind === "path" ? "item below" : "item quote");
  if (line.kind === "path") return fillPathItem(item, line.path, now, false);
  const { server, subject } = line.instrument;
  const isChosen = server === chosen?.server && subject === chosen.subject;
  fillInstrumentItem(item, line, {
    prefixed,
    isChosen
  });
}
function createInstrumentItem() {
  const line = document.createElementNS(SVG, "polyline");
  const spark = document.createElementNS(SVG, "svg");
  spark.setAttribute("viewBox", \`0 0 \${SPARK_WIDTH} \${SPARK_HEIGHT}\`);
  spark.setAttribute("class", "spark");
  spark.setAttribute("aria-hidden", "true");
  spark.append(line);
  return make("div", {}, make("i", {
    class: "dot",
    "aria-hidden": "true"
  }), make("span", {
    class: "path"
  }, make("small"), make("b"), make("small", {
    class: "state"
  })), spark, make("span", {
    class: "last"
  }), make("span", {
    class: "change"
  }), make("span", {
    class: "pin",
    title: t("page.pin")
  }, "\\u2605"));
}
function fillInstrumentItem(item, line, { prefixed, isChosen }) {
  const { instrument, last, change, isDaily, course, state, isLive } = line;
  const { server, subject, paths: paths2 } = instrument;
  const [, name, spark, price, share, pin] = [
    ...item.children
  ];
  setAttribute(item, "data-state", state);
  setAttribute(item, "data-live", String(isLive));
  setAttribute(item, "data-chosen", String(isChosen));
  setText(name?.children[0], prefixed ? \`\${server} \` : "");
  setText(name?.children[1], subject);
  const isShort = last === "" && state !== "live";
  setText(name?.children[2], state === "live" || isShort ? "" : \` \${state}\`);
  setAttribute(spark?.firstElementChild, "points", sparkPoints(course, SPARK_WIDTH, SPARK_HEIGHT));
  setAttribute(spark, "class", \`spark \${directionOf(course)}\`);
  setText(price, isShort ? state : last === "" ? "\\u2013" : formatPrice(last));
  setText(share, change === void 0 ? "" : formatChange(change));
  setAttribute(share, "class", \`change \${directionOf([
    0,
    change ?? 0
  ])}\`);
  setAttribute(share, "title", t(isDaily ? "page.change_day" : "page.change_shown"));
  setAttribute(pin, "class", line.pinned ? "pin on" : "pin");
  setAttribute(pin, "aria-label", line.pinned ? t("page.pinned") : t("page.pin"));
  setAttribute(item, "title", [
    \`\${server} \${subject}\`,
    ...paths2.map(({ path, state: state2 }) => \`\${path}: \${state2}\`)
  ].join("\\n"));
}
function formatPrice(text) {
  return Number.isFinite(Number(text)) ? formatFixed(Number(text), Math.min(12, decimalsOf(text))) : text;
}
function formatChange(change) {
  const text = Math.abs(change).toFixed(2);
  return \`\${text === "0.00" ? "" : change < 0 ? "\\u2212" : "+"}\${text}%\`;
}
function readPinned() {
  try {
    const list = JSON.parse(readStored(STORED3) ?? "[]");
    const names = Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
    return new Set(names.slice(0, MAX_PINNED));
  } catch {
    return /* @__PURE__ */ new Set();
  }
}

// web/main.ts
var REDRAW_MS = 250;
var ZOOM = 1.4;
await startTexts();
var model = new Model();
var header = startHeader(model);
var graphs = startGraphsPanel();
var log = startLogPanel(model);
var search = find("search");
var market = startMarket(model, {
  onChoose: (path) => choose(path),
  onChange: () => remember("push")
});
var address = parseAddress(location.hash);
var port = (groups) => ({
  chosen: () => market.chosen(),
  words: () => search.value,
  group: () => groups.find((each) => each === address.group) ?? groups[0],
  onGroup: (group) => setGroup(group),
  onDrop: (path) => commands.unsubscribe(path),
  onChoose(path, how) {
    if (how === "click") address = {
      ...address,
      section: "market"
    };
    choose(path);
  }
});
var paths = startPathsPanel(model, port([
  "all",
  "live",
  "waiting",
  "problems"
]));
var watch = startWatchPanel(model, port([
  "all",
  "pinned",
  "problems"
]));
var copies = startCopies(() => market.chosen());
var commands = startCommandPanel(model, {
  chosen: () => market.chosen(),
  onAdded: (server, path) => awaited = {
    server,
    path
  }
});
var nextTheme = startTheme(() => {
  graphs.paint();
  market.paint();
});
var link = "wait";
var awaited;
var generation = -1;
var listOf = () => address.list === "watch" ? watch : paths;
function choose(path) {
  market.show(path);
  remember("push");
  showPlaces();
  drawLists();
  listOf().reveal();
}
function setGroup(group) {
  address = {
    ...address,
    group
  };
  remember("replace");
  listOf().toTop();
  drawLists();
}
function remember(how) {
  const chosen = market.chosen();
  const { row, candles, book } = market.choice();
  address = {
    ...address,
    row,
    candles,
    book,
    words: search.value
  };
  if (chosen !== void 0) address = {
    ...address,
    server: chosen.server,
    path: chosen.path
  };
  const hash = formatAddress(isPhone() ? address : {
    ...address,
    section: usualSection(address)
  });
  if (hash === location.hash) return;
  if (how === "push") history.pushState(null, "", hash);
  else history.replaceState(null, "", hash);
}
function follow() {
  const { server, path } = address;
  const named = findPath(address);
  if (named !== void 0) market.show(named, address);
  else if (path !== "") market.showMissing(server, path);
  else {
    const first = firstChoice(model.paths.values());
    if (first !== void 0) market.show(first, address);
  }
  if (market.chosen() !== void 0) remember("replace");
}
function findPath({ server, path }) {
  return [
    ...model.paths.values()
  ].find((each) => each.server === server && each.path === path);
}
function showAwaited() {
  const path = awaited && findPath(awaited);
  if (path === void 0) return;
  awaited = void 0;
  choose(path);
}
function showPlaces() {
  const { section, list } = address;
  document.body.dataset.tab = section;
  for (const tab of tabs) setAttribute(tab, "aria-current", String(tab.dataset.show === section));
  for (const name of [
    "watch",
    "paths"
  ]) {
    const tab = find(\`tab-\${name}\`);
    setAttribute(tab, "aria-selected", String(name === list));
    setAttribute(tab, "tabindex", name === list ? "0" : "-1");
    find(\`\${name}-pane\`).hidden = name !== list;
  }
}
function drawLists() {
  listOf().draw();
}
function draw() {
  header.draw(link);
  drawConnections(model);
  log.draw();
  if (model.tick !== void 0 && generation !== model.generation) {
    generation = model.generation;
    if (market.chosen() === void 0) follow();
    else market.refresh();
  }
  drawLists();
  market.draw();
  copies.draw();
  commands.draw();
  showAwaited();
  const chosen = market.chosen();
  const last = chosen && model.quotes.get(\`\${chosen.server}
\${chosen.subject}\`)?.last;
  const price = last === void 0 ? "" : formatPrice(last);
  document.title = titleOf(chosen, {
    price,
    trouble: header.trouble(),
    shard: model.tick?.shard ?? ""
  }, t);
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
      if (tick.samples.length > 0) graphs.set(model.samples);
      draw();
    },
    quotes(data) {
      model.quote(data);
    }
  },
  onStatus(next) {
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
function showSection(section) {
  address = {
    ...address,
    section
  };
  showPlaces();
  remember("push");
}
for (const tab of tabs) {
  tab.addEventListener("click", () => showSection(tab.dataset.show ?? FIRST.section));
}
function showList(list) {
  address = {
    ...address,
    list
  };
  showPlaces();
  drawLists();
  listOf().reveal();
  remember("push");
}
for (const name of [
  "watch",
  "paths"
]) {
  const tab = find(\`tab-\${name}\`);
  tab.addEventListener("click", () => showList(name));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = name === "watch" ? "paths" : "watch";
    showList(other);
    find(\`tab-\${other}\`).focus();
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
var wider = () => market.zoom(ZOOM);
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
  t: nextTheme
});
`;
