/** The page as it is part of the program. */
import assert from "node:assert/strict";
import { pageFiles } from "../../../scripts/page.ts";
import { findAsset } from "../../../src/http/assets.ts";

Deno.test("the page in the program is the one below web/", async () => {
  for (const [path, text] of await pageFiles()) {
    const is = await Deno.readTextFile(new URL(`../../../${path}`, import.meta.url));
    assert.ok(is === text, `${path} is stale; run: deno task gen`);
  }
});

Deno.test("the page has no inline code or style and names no other place to load from", () => {
  const html = findAsset("/")?.body ?? "";
  assert.match(html, /<script src="\/app\.js" type="module"><\/script>/);
  assert.doesNotMatch(html, /<script(?! src=)|<style|\son[a-z]+=|\sstyle=|javascript:/i);
  for (const [, url] of html.matchAll(/\s(?:src|href)="([^"]+)"/g)) {
    if (url !== "https://www.tradingview.com/") assert.match(url as string, /^[/#]/);
  }
  const css = findAsset("/style.css")?.body ?? "";
  assert.doesNotMatch(css, /url\(|@import/);
});

Deno.test("every file of the page that it asks for is there", () => {
  const text = [findAsset("/")?.body, findAsset("/app.js")?.body].join("\n");
  const asked = [...text.matchAll(/(?:src|href)="(\/[a-z.]+)"|from "\.(\/[a-z.]+)"/g)].map(([, a, b]) =>
    a ?? b
  );
  assert.ok(asked.length >= 4, asked.join());
  for (const path of asked) assert.ok(findAsset(path as string) !== undefined, path);
});
