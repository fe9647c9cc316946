/** The files of the page, which are part of the program: nothing is read from disk. */
import { APP } from "./page/app.ts";
import { CHARTS } from "./page/charts.ts";
import { ICON } from "./page/icon.ts";
import { INDEX } from "./page/index.ts";
import { SENTENCES_ZH } from "./page/sentences_zh.ts";
import { STYLE } from "./page/style.ts";

/** One file as it is served. */
export type Asset = { readonly type: string; readonly body: string };

const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["/", { type: "text/html; charset=utf-8", body: INDEX }],
  ["/app.js", { type: "text/javascript; charset=utf-8", body: APP }],
  ["/charts.js", { type: "text/javascript; charset=utf-8", body: CHARTS }],
  ["/sentences_zh.json", { type: "application/json; charset=utf-8", body: SENTENCES_ZH }],
  ["/style.css", { type: "text/css; charset=utf-8", body: STYLE }],
  ["/icon.svg", { type: "image/svg+xml", body: ICON }],
]);

/** Returns the file of that address, if there is one. */
export function findAsset(path: string): Asset | undefined {
  return ASSETS.get(path);
}
