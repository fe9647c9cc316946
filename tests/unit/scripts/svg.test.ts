/** Pictures of a terminal for the documentation. */
import assert from "node:assert/strict";
import { parseScreen, renderSvg } from "../../../scripts/screenshots/svg.ts";

Deno.test("parseScreen() gives runs with their columns and looks", () => {
  const [runs = []] = parseScreen(["ab\x1b[1;31mc交\x1b[0md\x1b[2m \x1b[22;96me"]);
  assert.deepEqual(runs.map(({ text, column, look }) => [text, column, look.bold, look.dim, look.colour]), [
    ["ab", 0, false, false, undefined],
    ["c交", 2, true, false, 1],
    ["d", 5, false, false, undefined],
    [" ", 6, false, true, undefined],
    ["e", 7, false, false, 6],
  ]);
});

Deno.test("renderSvg() places each run at its column and lets no text become markup", () => {
  const svg = renderSvg(["  <script>&\x1b[32mok"], 20, 'a "title"');
  assert.ok(!svg.includes("<script"));
  assert.match(svg, /<text x="30\.8" y="51\.5" textLength="75\.6">&#60;script&#62;&#38;<\/text>/);
  assert.match(svg, /<text x="106\.4" [^>]*fill="#56d364">ok<\/text>/);
  assert.match(svg, /aria-label="a &#34;title&#34;"/);
});

Deno.test("parseScreen() keeps a look until another is said, as terminals are read", () => {
  const looks = parseScreen(["a\x1b[31m", "b", "\x1b[39mc"]).flat().map(({ look }) => look.colour);
  assert.deepEqual(looks, [undefined, 1, undefined]);
});
