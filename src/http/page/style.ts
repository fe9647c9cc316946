/** Written by scripts/page.ts from what is below web/; do not edit. */
export const STYLE = `:root {
  color-scheme: light dark;
  --bg: light-dark(#e4e8ee, #1b222d);
  --panel: light-dark(#ffffff, #0d1118);
  --raised: light-dark(#f2f4f8, #151b25);
  --line: light-dark(#e4e8ee, #1b222d);
  --text: light-dark(#18202c, #d9e0ec);
  --dim: light-dark(#4f5a6b, #98a3b6);
  --faint: light-dark(#5f6a7c, #8490a5);
  --accent: light-dark(#1d63d1, #6ba5ff);
  --select: light-dark(#e7effc, #15233a);
  --up: light-dark(#07724b, #34bd88);
  --down: light-dark(#bf2838, #f0626e);
  --warn: light-dark(#8a5600, #e2a83f);
  --up-fill: light-dark(#0a825620, #34bd8826);
  --down-fill: light-dark(#c92d3e1c, #f0626e26);
  --warn-fill: light-dark(#fdf3dc, #2a2110);
  --bad-fill: light-dark(#fdeaec, #2d1519);
  --stripe: light-dark(#18202c1f, #d9e0ec1f);
  --grid: light-dark(#eef1f5, #151b25);
}
:root[data-theme="light"] {
  color-scheme: light;
}
:root[data-theme="dark"] {
  color-scheme: dark;
}
* {
  box-sizing: border-box;
}
[hidden] {
  display: none !important;
}
html {
  background: var(--panel);
  -webkit-text-size-adjust: 100%;
}
body {
  margin: 0;
  height: 100dvh;
  display: flex;
  flex-direction: column;
  background: var(--bg);
  color: var(--text);
  font: 13px/1.4 Inter, "SF Pro Text", system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums;
}
button,
input,
select {
  font: inherit;
  color: inherit;
}
button {
  cursor: pointer;
}
:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: -2px;
}
h1,
h2,
p,
dl,
dd,
ul {
  margin: 0;
  padding: 0;
}
ul {
  list-style: none;
}
kbd {
  font: 11px/1 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  padding: 2px 5px;
  border: 1px solid var(--line);
  border-radius: 4px;
  background: var(--raised);
  color: var(--dim);
}
.skip {
  position: absolute;
  left: -9999px;
}
.skip:focus {
  left: 8px;
  top: 8px;
  z-index: 9;
  padding: 8px 12px;
  background: var(--panel);
  color: var(--accent);
}
.aside {
  position: absolute;
  left: -9999px;
}
.up {
  color: var(--up);
}
.down {
  color: var(--down);
}
.warn {
  color: var(--warn);
}
.note {
  color: var(--faint);
  font-size: 12px;
  white-space: nowrap;
  overflow: hidden;
  text-overflow: ellipsis;
}

/* The bar */
.bar {
  display: flex;
  align-items: center;
  gap: 14px;
  height: 46px;
  flex: none;
  padding: 0 12px;
  background: var(--panel);
  border-bottom: 1px solid var(--line);
}
h1 {
  display: flex;
  align-items: center;
  gap: 8px;
  font-size: 14px;
  font-weight: 650;
  letter-spacing: -.01em;
}
h1 span {
  color: var(--faint);
  font-weight: 400;
  font-size: 12px;
}
.pill {
  display: inline-flex;
  align-items: center;
  gap: 7px;
  height: 26px;
  padding: 0 11px 0 9px;
  border: 0;
  border-radius: 13px;
  background: var(--raised);
  font-weight: 550;
  white-space: nowrap;
}
.pill[data-level="ok"] {
  color: var(--up);
  background: var(--up-fill);
}
.pill[data-level="warn"] {
  color: var(--warn);
  background: var(--warn-fill);
}
.pill[data-level="bad"] {
  color: var(--down);
  background: var(--bad-fill);
}
.role {
  color: var(--dim);
  font-size: 12px;
  white-space: nowrap;
}
.role[data-level="bad"] {
  color: var(--down);
  font-weight: 550;
  white-space: normal;
}
.role:empty {
  display: none;
}
.dot {
  width: 7px;
  height: 7px;
  border-radius: 50%;
  background: currentColor;
  flex: none;
}
.stats {
  display: flex;
  flex: 1;
  min-width: 0;
  gap: 22px;
  padding-left: 8px;
  overflow: hidden;
}
.stats div {
  display: flex;
  flex-direction: column;
  line-height: 1.25;
  white-space: nowrap;
}
.stats dt {
  color: var(--faint);
  font-size: 10.5px;
  letter-spacing: .01em;
}
.stats dd {
  font-weight: 550;
}
.tools {
  display: flex;
  gap: 4px;
  margin-left: auto;
}
.tool {
  display: grid;
  place-items: center;
  min-width: 30px;
  height: 30px;
  padding: 0 8px;
  border: 1px solid transparent;
  border-radius: 6px;
  background: none;
  color: var(--dim);
}
.tool:hover {
  background: var(--raised);
  color: var(--text);
}
.faults {
  flex: none;
  padding: 7px 14px;
  background: var(--warn-fill);
  color: var(--warn);
  border-bottom: 1px solid var(--line);
  font-size: 12.5px;
  max-height: 30vh;
  overflow: auto;
  overflow-wrap: anywhere;
}
.faults[data-level="bad"] {
  background: var(--bad-fill);
  color: var(--down);
}

/* The panels */
main {
  flex: 1;
  min-height: 0;
  display: grid;
  gap: 1px;
  grid-template-columns: minmax(300px, 372px) minmax(0, 1fr) minmax(0, 1fr) minmax(250px, 300px);
  grid-template-rows: minmax(0, 4.1fr) minmax(120px, 1.35fr) minmax(110px, 1.45fr);
  grid-template-areas:
    "side chart chart book"
    "side flow delay tape"
    "side log log tape";
}
.side {
  grid-area: side;
  display: flex;
  flex-direction: column;
  gap: 1px;
  min-height: 0;
}
.connections {
  flex: none;
}
.paths {
  flex: 1;
}
.chart {
  grid-area: chart;
}
.book {
  grid-area: book;
}
.tape {
  grid-area: tape;
}
.flow {
  grid-area: flow;
}
.delay {
  grid-area: delay;
}
.log {
  grid-area: log;
}
.panel {
  display: flex;
  flex-direction: column;
  min-width: 0;
  min-height: 0;
  background: var(--panel);
}
.panel > header {
  display: flex;
  align-items: center;
  /* What has no room in one line goes into the next one: nothing is cut. */
  flex-wrap: wrap;
  gap: 0 10px;
  flex: none;
  min-height: 34px;
  padding: 4px 12px;
  min-width: 0;
}
h2 {
  font-size: 12px;
  font-weight: 600;
  color: var(--text);
  white-space: nowrap;
}
.panel > header .note {
  margin-left: auto;
  white-space: normal;
  overflow-wrap: anywhere;
}
.body {
  position: relative;
  flex: 1;
  min-height: 0;
  display: flex;
  flex-direction: column;
  overflow: hidden;
}
.plot {
  position: relative;
  flex: 1;
  min-height: 0;
}
.canvas {
  position: absolute;
  inset: 0;
}
.credit {
  position: absolute;
  left: 12px;
  top: 4px;
  z-index: 2;
  font-size: 10px;
  color: var(--faint);
  text-decoration: none;
}
.credit:hover {
  text-decoration: underline;
}
.empty {
  display: grid;
  place-content: center;
  justify-items: center;
  gap: 8px;
  flex: 1;
  padding: 16px;
  color: var(--faint);
  text-align: center;
  overflow-wrap: anywhere;
}
.empty:empty {
  display: none;
}
.empty code {
  font: 11.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  padding: 3px 8px;
  border-radius: 5px;
  background: var(--raised);
  color: var(--dim);
  user-select: all;
}
.chart .empty,
.book .empty {
  position: absolute;
  inset: 0;
  background: var(--panel);
  z-index: 3;
}
.empty:empty {
  position: static;
}
select {
  min-width: 0;
  max-width: 100%;
  height: 24px;
  padding: 0 4px;
  border: 1px solid var(--line);
  border-radius: 5px;
  background: var(--raised);
  color: var(--dim);
  font-size: 12px;
  text-overflow: ellipsis;
}
select:hover {
  color: var(--text);
}
.legend {
  display: flex;
  flex-wrap: wrap;
  gap: 0 9px;
  margin-left: auto;
  color: var(--dim);
  font-size: 12px;
  white-space: nowrap;
}
/* Figures keep their width, so that a line does not break at one and not at the next. */
.legend b {
  display: inline-block;
  min-width: 5ch;
  font-weight: 550;
  color: var(--text);
}
.legend b.up {
  color: var(--up);
}
.legend b.down {
  color: var(--down);
}
.legend i {
  display: inline-block;
  width: 8px;
  height: 2px;
  margin-right: 5px;
  vertical-align: middle;
  background: currentColor;
}
.legend .a i {
  color: var(--accent);
}
.legend .b i {
  color: var(--faint);
}
.legend .c i {
  color: var(--warn);
}
#chart-state {
  margin-left: 0;
}

/* Connections */
#connections {
  overflow: auto;
  max-height: 26vh;
  padding-bottom: 8px;
  scrollbar-width: thin;
}
#connections li {
  display: grid;
  grid-template-columns: 9px minmax(0, 1fr) auto auto;
  align-items: center;
  column-gap: 9px;
  padding: 4px 12px;
}
#connections .name {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
#connections .name small {
  color: var(--faint);
  font-size: inherit;
}
#connections .since {
  color: var(--dim);
}
#connections .count {
  color: var(--faint);
  text-align: right;
  min-width: 56px;
}
#connections .why {
  grid-column: 2 / -1;
  color: var(--down);
  font-size: 12px;
  overflow-wrap: anywhere;
}
[data-state] > .dot {
  color: var(--faint);
}
[data-state="connected"] > .dot,
[data-state="live"] > .dot {
  color: var(--up);
}
[data-state="connecting"] > .dot,
[data-state="wanted"] > .dot,
[data-state="sent"] > .dot,
[data-state="syncing"] > .dot,
[data-state="overdue"] > .dot {
  color: var(--warn);
}
[data-state="waiting"] > .dot,
[data-state="stale"] > .dot,
[data-state="refused"] > .dot {
  color: var(--down);
}

/* Subscriptions */
.find {
  position: relative;
  padding: 0 12px 8px;
  flex: none;
}
.find input {
  width: 100%;
  height: 30px;
  padding: 0 34px 0 10px;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: var(--raised);
  appearance: none;
}
.find input::placeholder {
  color: var(--faint);
}
.find kbd {
  position: absolute;
  right: 20px;
  top: 6px;
  pointer-events: none;
}
.find input:focus + kbd {
  visibility: hidden;
}
.chips {
  display: flex;
  flex-wrap: wrap;
  gap: 5px;
  padding: 0 12px 7px;
  flex: none;
}
.chip {
  height: 24px;
  padding: 0 9px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: none;
  color: var(--dim);
  font-size: 12px;
}
.chip:hover {
  color: var(--text);
  background: var(--raised);
}
.chip[aria-pressed="true"] {
  color: var(--accent);
  border-color: transparent;
  background: var(--select);
}
.chip b {
  font-weight: 550;
  margin-left: 4px;
}
.chip[data-alarm="true"] b {
  color: var(--down);
}
.panel > header .chip {
  margin-left: auto;
}
.sorts,
.item {
  display: grid;
  grid-template-columns: 9px minmax(0, 1fr) 46px 54px;
  column-gap: 8px;
  align-items: center;
}
/* The same gutter as that of the list below, so that columns stand under their names. */
.sorts {
  padding: 0 4px 0 12px;
  height: 24px;
  flex: none;
  border-bottom: 1px solid var(--line);
  overflow: hidden;
  scrollbar-gutter: stable;
  scrollbar-width: thin;
}
.sorts button {
  grid-row: 1;
  padding: 0;
  height: 22px;
  border: 0;
  background: none;
  color: var(--faint);
  font-size: 11px;
  text-align: right;
}
.sorts button:first-child {
  grid-column: 1 / 3;
  text-align: left;
}
.sorts button[aria-pressed="true"] {
  color: var(--text);
}
.list {
  position: relative;
  flex: 1;
  min-height: 0;
  overflow: auto;
  overscroll-behavior: contain;
  scrollbar-gutter: stable;
  scrollbar-width: thin;
}
.list .space {
  position: relative;
}
.item {
  position: absolute;
  left: 0;
  right: 0;
  height: 26px;
  padding: 0 4px 0 12px;
  cursor: default;
  white-space: nowrap;
}
.item:hover {
  background: var(--raised);
}
.item[aria-selected="true"] {
  background: var(--select);
  box-shadow: inset 2px 0 0 var(--accent);
}
.item .path {
  overflow: hidden;
  text-overflow: ellipsis;
}
.item .path small {
  font-size: inherit;
  color: var(--faint);
}
.item .rate,
.item .age {
  text-align: right;
  color: var(--dim);
}
.item .rate {
  color: var(--faint);
}
.item[data-state="stale"] .age,
.item[data-state="refused"] .age {
  color: var(--down);
}
.item[data-state="overdue"] .age,
.item[data-state="syncing"] .age,
.item[data-state="wanted"] .age,
.item[data-state="sent"] .age {
  color: var(--warn);
}
.pane {
  display: flex;
  flex-direction: column;
  flex: 1;
  min-height: 0;
}
.pane .empty {
  flex: none;
}
.item.below {
  padding-left: 26px;
  color: var(--dim);
}

/* The watchlist */
.sorts.watch,
.item.quote {
  grid-template-columns: 9px minmax(0, 1fr) 44px minmax(60px, auto) 56px 14px;
  column-gap: 6px;
}
.sorts.watch button:last-child {
  grid-column: 4 / 6;
}
.item.quote b {
  font-weight: 550;
}
.item.quote[data-chosen="true"] {
  background: var(--raised);
}
.item.quote .state {
  color: var(--down);
}
.spark {
  width: 44px;
  height: 18px;
  overflow: visible;
}
.spark polyline {
  fill: none;
  stroke: var(--dim);
  stroke-width: 1.2;
}
.spark.up polyline {
  stroke: var(--up);
}
.spark.down polyline {
  stroke: var(--down);
}
/* Where a state is said beside the name, it matters more than the course. */
.item.quote:not([data-state="live"]) .path {
  grid-column: 2 / 4;
}
.item.quote:not([data-state="live"]) .spark {
  display: none;
}
.item .last,
.item .change {
  text-align: right;
}
/* A price that may be old is crossed by the state beside it. */
.item.quote[data-live="false"] .last,
.item.quote[data-live="false"] .change {
  color: var(--dim);
  font-style: italic;
}
.item.quote[data-live="false"] .spark polyline {
  stroke: var(--faint);
  stroke-dasharray: 2 2;
}
.pin {
  width: 14px;
  text-align: center;
  color: transparent;
  cursor: pointer;
}
.item:hover .pin,
.item[aria-selected="true"] .pin {
  color: var(--faint);
}
.item .pin.on {
  color: var(--warn);
}
@media (hover: none) {
  .pin {
    color: var(--faint);
  }
}

/* What may be done: a path added, one ended, the file read again */
.act {
  flex: none;
  padding: 7px 12px 8px;
  border-top: 1px solid var(--line);
}
.act:not(:has(> :not([hidden]))) {
  display: none;
}
.acts,
#add {
  display: flex;
  gap: 6px;
  align-items: center;
}
#add {
  flex: 1;
  min-width: 0;
}
#add input {
  flex: 1;
  min-width: 0;
  height: 26px;
  padding: 0 8px;
  border: 1px solid var(--line);
  border-radius: 5px;
  background: var(--raised);
}
#add input::placeholder {
  color: var(--faint);
}
#add select {
  max-width: 90px;
  height: 26px;
}
.acts .small {
  height: 26px;
}
.small:disabled {
  cursor: default;
  font-style: italic;
}
.why {
  color: var(--faint);
  font-size: 12px;
}
.said {
  max-height: 30vh;
  margin-bottom: 6px;
  overflow: auto;
  overflow-wrap: anywhere;
  font-size: 12px;
  color: var(--dim);
}
.said[data-level="bad"] {
  color: var(--down);
}
.said[data-level="ok"] {
  color: var(--up);
}
.item .drop {
  position: absolute;
  right: 2px;
  width: 20px;
  text-align: center;
  color: var(--dim);
  background: var(--raised);
  border-radius: 4px;
  cursor: pointer;
  visibility: hidden;
}
body[data-drops="true"] .item:hover .drop {
  visibility: visible;
}
@media (hover: none) {
  .item .drop {
    display: none;
  }
}
.item .drop:hover {
  color: var(--down);
}
dialog form {
  display: flex;
  justify-content: flex-end;
  gap: 8px;
}
#confirm p {
  max-width: 420px;
  overflow-wrap: anywhere;
}

/* Book and trades */
.columns,
.level,
.trade {
  display: grid;
  grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr) minmax(0, 1fr);
  padding: 0 12px;
  text-align: right;
  white-space: nowrap;
}
.columns {
  flex: none;
  height: 20px;
  color: var(--faint);
  font-size: 11px;
}
.columns span:first-child,
.level span:first-of-type,
.trade span:first-child {
  text-align: left;
}
.level span,
.trade span {
  overflow: hidden;
  text-overflow: ellipsis;
}
.ladder {
  flex: 1;
  min-height: 0;
  display: flex;
  flex-direction: column;
  justify-content: center;
  overflow: hidden;
}
.level {
  position: relative;
  height: 19px;
  line-height: 19px;
  flex: none;
  font-size: 12.5px;
}
.level span {
  position: relative;
}
.level i {
  position: absolute;
  right: 0;
  top: 1px;
  bottom: 1px;
  max-width: 100%;
  transition: width .12s linear;
}
.ask i {
  background: var(--down-fill);
}
.bid i {
  background: var(--up-fill);
}
.ask span:first-of-type {
  color: var(--down);
}
.bid span:first-of-type {
  color: var(--up);
}
.level span:last-child,
.trade span:last-child {
  color: var(--dim);
}
.spread {
  display: flex;
  align-items: baseline;
  gap: 10px;
  flex: none;
  height: 30px;
  line-height: 30px;
  padding: 0 12px;
  color: var(--faint);
  font-size: 12px;
}
.spread b {
  font-size: 15px;
  font-weight: 600;
  color: var(--text);
  letter-spacing: -.01em;
}
.trades {
  flex: 1;
  min-height: 0;
  overflow: auto;
  scrollbar-width: none;
}
.trade {
  height: 19px;
  line-height: 19px;
  font-size: 12.5px;
}
.trade.buy span:first-child {
  color: var(--up);
}
.trade.sell span:first-child {
  color: var(--down);
}
/* What may be old has no colours, and stripes behind it; its figures stay readable. */
.uncertain {
  background: repeating-linear-gradient(135deg, transparent 0 7px, var(--raised) 7px 14px);
}
.uncertain .ladder,
.uncertain .trades,
.uncertain .row,
.uncertain table,
.uncertain .canvas {
  filter: grayscale(1);
  font-style: italic;
}
.uncertain .canvas::after {
  content: "";
  position: absolute;
  inset: 0;
  z-index: 2;
  pointer-events: none;
  background: repeating-linear-gradient(135deg, transparent 0 12px, var(--stripe) 12px 14px);
}
.notice {
  flex: none;
  position: relative;
  z-index: 4;
  padding: 4px 12px;
  background: var(--warn-fill);
  color: var(--warn);
  font-size: 12px;
  overflow-wrap: anywhere;
}
.notice[data-state="stale"],
.notice[data-state="refused"] {
  background: var(--bad-fill);
  color: var(--down);
}
.copies {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 6px;
  flex: none;
  padding: 0 12px 6px;
  color: var(--faint);
  font-size: 11px;
}
.small {
  height: 20px;
  padding: 0 7px;
  border: 1px solid var(--line);
  border-radius: 5px;
  background: var(--raised);
  color: var(--dim);
  font-size: 11px;
  white-space: nowrap;
}
.small:hover {
  color: var(--text);
}
.tape-body {
  display: flex;
  flex-direction: column;
  flex: 1;
  min-height: 0;
}
.scroll {
  flex: 1;
  min-height: 0;
  overflow: auto;
}
table {
  width: 100%;
  border-collapse: collapse;
  font-size: 12.5px;
}
th {
  position: sticky;
  top: 0;
  background: var(--panel);
  color: var(--faint);
  font-weight: 400;
  font-size: 11px;
  text-align: left;
}
th,
td {
  padding: 3px 12px;
  white-space: nowrap;
}
td {
  border-top: 1px solid var(--line);
}
.figure {
  text-align: right;
}
td.name {
  font-weight: 550;
}
/* As high as the line they stand in, so that the one that is chosen is underlined at its edge. */
.tabs {
  display: flex;
  gap: 14px;
  height: 34px;
  margin: -4px 0;
}
.tabs button {
  height: 100%;
  padding: 0;
  border: 0;
  background: none;
  color: var(--faint);
  font-size: 12px;
  font-weight: 600;
}
.tabs button[aria-selected="true"] {
  color: var(--text);
  box-shadow: inset 0 -2px 0 var(--accent);
}
#row-pane {
  overflow: auto;
}
.row {
  padding: 2px 0 8px;
}
.row div {
  display: flex;
  gap: 12px;
  padding: 2px 12px;
  justify-content: space-between;
}
.row div:hover {
  background: var(--raised);
}
.row dt {
  color: var(--faint);
  flex: none;
}
.row dd {
  text-align: right;
  overflow-wrap: anywhere;
  min-width: 0;
}
.row .split {
  margin-top: 6px;
  border-top: 1px solid var(--line);
  padding-top: 6px;
}

/* Events */
.log > .log {
  flex: 1;
  min-height: 0;
  overflow: auto;
  display: block;
  padding-bottom: 6px;
}
.entry {
  display: grid;
  grid-template-columns: 62px 52px minmax(0, 1fr);
  column-gap: 10px;
  padding: 1.5px 12px;
  font-size: 12.5px;
}
.entry time {
  color: var(--faint);
}
.entry .who {
  color: var(--dim);
  overflow: hidden;
  text-overflow: ellipsis;
}
.entry .what {
  overflow-wrap: anywhere;
}
.entry[data-level="warn"] .what {
  color: var(--warn);
}
.entry[data-level="error"] .what {
  color: var(--down);
}
.entry:hover {
  background: var(--raised);
}

.tabbar {
  display: none;
}
dialog {
  border: 1px solid var(--line);
  border-radius: 10px;
  padding: 18px 22px;
  background: var(--panel);
  color: var(--text);
  max-width: 92vw;
}
dialog::backdrop {
  background: #0008;
}
dialog h2 {
  font-size: 14px;
  margin-bottom: 10px;
}
dialog dl div {
  display: flex;
  gap: 16px;
  padding: 4px 0;
}
dialog dt {
  width: 62px;
  flex: none;
}
dialog dd {
  color: var(--dim);
}
dialog form {
  margin-top: 12px;
  text-align: right;
}
dialog .about {
  margin-top: 14px;
  color: var(--faint);
  font-size: 12px;
}
dialog a {
  color: var(--accent);
}
body[data-link="lost"] .stats,
body[data-link="lost"] main {
  filter: grayscale(1);
  font-style: italic;
}

/* A window of middle width: the market beside the paths, what is going on below both. */
@media (max-width: 1180px) {
  .stats div:nth-child(n + 5) {
    display: none;
  }
  .sorts.watch,
  .item.quote {
    grid-template-columns: 9px minmax(0, 1fr) auto 54px 14px;
  }
  .sorts.watch button:last-child {
    grid-column: 3 / 5;
  }
  .spark {
    display: none;
  }
  .item.quote:not([data-state="live"]) .path {
    grid-column: 2;
  }
  .chips {
    gap: 3px;
  }
  .chip {
    padding: 0 7px;
  }
  main {
    grid-template-columns: minmax(250px, 310px) minmax(0, 1fr) minmax(210px, 250px);
    grid-template-rows: minmax(0, 3.7fr) minmax(110px, 1.2fr) minmax(110px, 1.2fr) minmax(90px, 1fr);
    grid-template-areas:
      "side chart book"
      "side flow tape"
      "side delay tape"
      "log log log";
  }
}

/* A phone, upright or on its side: one section at a time, chosen below. */
@media (max-width: 760px), (max-height: 500px) and (orientation: landscape) {
  body {
    font-size: 14px;
  }
  .bar {
    flex-wrap: wrap;
    height: auto;
    padding: 8px 14px;
    gap: 10px;
  }
  .bar .stats {
    order: 9;
    flex: 1 0 100%;
    display: grid;
    grid-template-columns: repeat(4, minmax(0, 1fr));
    gap: 8px;
    padding: 2px 0 2px;
  }
  .stats div:nth-child(n + 5) {
    display: none;
  }
  .stats dd {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  h1 span {
    display: none;
  }
  main {
    display: flex;
    flex-direction: column;
    overflow-y: auto;
    overflow-x: hidden;
  }
  .side {
    display: contents;
  }
  /* As high as the window leaves, whatever the list has: it scrolls inside. */
  .pane {
    flex: 1 0 320px;
  }
  .pane .list {
    min-height: 240px;
  }
  .panel {
    display: none;
    flex: none;
  }
  body[data-tab="paths"] [data-tab="paths"],
  body[data-tab="market"] [data-tab="market"],
  body[data-tab="activity"] [data-tab="activity"] {
    display: flex;
  }
  .panel > header {
    min-height: 40px;
    padding: 4px 14px;
    row-gap: 4px;
  }
  .tabs {
    height: 40px;
  }
  #connections li,
  .chips,
  .find {
    padding-left: 14px;
    padding-right: 14px;
  }
  .item,
  .sorts {
    padding-left: 14px;
    padding-right: 14px;
  }
  .sorts.watch,
  .item.quote {
    grid-template-columns: 9px minmax(0, 1fr) 44px minmax(62px, auto) 60px 22px;
  }
  .sorts.watch button:last-child {
    grid-column: 4 / 6;
  }
  .item.quote:not([data-state="live"]) .path {
    grid-column: 2 / 4;
  }
  .item.quote[data-state="live"] .spark {
    display: inline;
  }
  /* A name that is longer than its column goes on in a second line. */
  .item .path,
  #connections .name {
    line-height: 1.15;
    white-space: normal;
    overflow-wrap: anywhere;
  }
  .paths {
    flex: 1 0 auto !important;
  }
  .item {
    height: 34px;
  }
  .chip {
    height: 30px;
    border-radius: 15px;
    padding: 0 12px;
  }
  .find input {
    height: 38px;
    font-size: 16px;
  }
  .find kbd {
    display: none;
  }
  .tool {
    min-width: 40px;
    height: 36px;
  }
  select {
    height: 32px;
  }
  .chart {
    height: 46vh;
  }
  .chart .legend {
    flex: 1 0 100%;
    margin: 0;
  }
  .book {
    height: 440px;
  }
  .tape {
    height: 320px;
  }
  .flow,
  .delay {
    height: 190px;
  }
  .log {
    flex: 1 0 260px !important;
  }
  .level,
  .trade {
    height: 22px;
    line-height: 22px;
    font-size: 13px;
  }
  .tabbar {
    display: flex;
    flex: none;
    background: var(--panel);
    border-top: 1px solid var(--line);
    padding-bottom: env(safe-area-inset-bottom);
  }
  .tabbar button {
    flex: 1;
    height: 48px;
    border: 0;
    background: none;
    color: var(--faint);
    font-weight: 550;
    font-size: 13px;
  }
  .tabbar button[aria-current="true"] {
    color: var(--accent);
    box-shadow: inset 0 2px 0 var(--accent);
  }
}
/* The narrowest phones have no room for a course beside a whole name. */
@media (max-width: 420px) {
  .bar {
    padding: 8px 10px;
    gap: 8px 6px;
  }
  .sorts.watch,
  .item.quote {
    grid-template-columns: 9px minmax(0, 1fr) minmax(58px, auto) 58px 22px;
  }
  .sorts.watch button:last-child {
    grid-column: 3 / 5;
  }
  .item.quote:not([data-state="live"]) .path {
    grid-column: 2;
  }
  .item.quote .spark {
    display: none !important;
  }
}
/* On its side there is little height: no figures above, the chart and the book side by side. */
@media (max-height: 500px) and (orientation: landscape) {
  .bar {
    padding: 3px 14px;
  }
  .bar .stats {
    display: none;
  }
  .tabbar button {
    height: 34px;
  }
  body[data-tab="market"] main {
    display: grid;
    grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr);
    grid-template-rows: 100% 280px;
    grid-template-areas:
      "chart book"
      "tape tape";
  }
  body[data-tab="market"] .panel {
    height: auto;
    min-height: 0;
  }
  /* What is looked for most comes first. */
  .paths {
    order: -1;
  }
}

@media (prefers-reduced-motion: reduce) {
  * {
    transition: none !important;
    animation: none !important;
  }
}
`;
