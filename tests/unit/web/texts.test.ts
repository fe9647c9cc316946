/** The texts of the dashboard: which language is chosen, and that both catalogues fit each other and the page. */
import assert from "node:assert/strict";
import { placeholdersOf } from "../../../src/shared/messages/placeholders.ts";
import { PAGE_EN } from "../../../web/texts_en.ts";
import { PAGE_ZH } from "../../../web/texts_zh.ts";
import { chooseLanguage, fillIn } from "../../../web/texts.ts";

const WEB = new URL("../../../web/", import.meta.url);
const ENGLISH: Readonly<Record<string, string>> = PAGE_EN;

Deno.test("chooseLanguage() takes what was chosen, else the first language that there are texts in", async (t) => {
  const table: [string | null, string[], string][] = [
    [null, ["zh-CN", "en"], "zh"],
    [null, ["en-GB", "zh"], "en"],
    [null, ["de", "zh-Hant-TW", "en"], "zh"],
    [null, ["de", "fr"], "en"],
    [null, [], "en"],
    ["en", ["zh-CN"], "en"],
    ["zh", ["en"], "zh"],
    ["tlh", ["zh"], "zh"],
  ];
  for (const [chosen, preferred, language] of table) {
    await t.step(`${chosen} ${preferred}`, () => assert.equal(chooseLanguage(chosen, preferred), language));
  }
});

Deno.test("fillIn() fills a text, and takes the English one where there is no other", () => {
  assert.equal(fillIn("zh", "page.connected", { up: 1, all: 3 }), "已连接 1 / 3");
  assert.equal(fillIn("en", "page.connected", { up: 1, all: 3 }), "1 of 3 connected");
  const without: Record<string, string | undefined> = PAGE_ZH;
  const kept = without["page.ready"];
  delete without["page.ready"];
  try {
    assert.equal(fillIn("zh", "page.ready"), "Ready");
  } finally {
    without["page.ready"] = kept;
  }
});

Deno.test("every Chinese text of the page has an English one with the same placeholders, and the other way round", () => {
  for (const [key, chinese] of Object.entries(PAGE_ZH)) {
    assert.ok(ENGLISH[key] !== undefined, `${key} is not in English`);
    assert.deepEqual(placeholdersOf(chinese).sort(), placeholdersOf(ENGLISH[key]).sort(), key);
  }
  assert.deepEqual(Object.keys(ENGLISH).filter((key) => !(key in PAGE_ZH)), []);
});

Deno.test("the page has each text, and index.html the English that is its key's", async () => {
  const html = await Deno.readTextFile(new URL("index.html", WEB));
  const unused = new Set(Object.keys(ENGLISH));
  for await (const { name } of Deno.readDir(WEB)) {
    if (!/\.(ts|html)$/.test(name) || name.startsWith("texts_")) continue;
    const source = await Deno.readTextFile(new URL(name, WEB));
    for (const key of unused) if (source.includes(`"${key}"`)) unused.delete(key);
  }
  assert.deepEqual([...unused], []);
  let count = 0;
  for (
    const [tag, attributes = "", text] of html.matchAll(
      /<[a-z0-9]+((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>([^<]*)/g,
    )
  ) {
    const found = new Map(
      [...attributes.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    for (
      const [mark, is] of [
        ["data-text", text?.trim()],
        ["data-label", found.get("aria-label")],
        ["data-hint", found.get("title")],
        ["data-prompt", found.get("placeholder")],
      ] as const
    ) {
      const key = found.get(mark);
      if (key === undefined) continue;
      count += 1;
      assert.equal(is, ENGLISH[key], `${key} in ${tag}`);
    }
  }
  assert.ok(count > 45, `only ${count} texts are marked in index.html`);
});
