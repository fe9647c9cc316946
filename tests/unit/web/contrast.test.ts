/** The colours of the page: whatever is read stands out from what is behind it by 4.5 at least (WCAG AA). */
import assert from "node:assert/strict";

const LEAST = 4.5;

/** Colours of texts, and what they are read on. */
const PAIRS: Readonly<Record<string, readonly string[]>> = {
  text: ["panel", "raised", "select", "bg"],
  dim: ["panel", "raised", "select", "up-fill", "down-fill"],
  faint: ["panel", "raised", "select"],
  accent: ["panel", "raised", "select"],
  up: ["panel", "raised", "select", "up-fill"],
  down: ["panel", "raised", "select", "down-fill", "bad-fill"],
  warn: ["panel", "raised", "warn-fill"],
};

Deno.test("every colour of a text can be read on what it stands on, in light and in dark", async (t) => {
  const css = await Deno.readTextFile(new URL("../../../web/style/base.css", import.meta.url));
  const colors = new Map(
    [...css.matchAll(/--([a-z-]+): light-dark\((#\w+), (#\w+)\)/g)].map((
      [, name, light, dark],
    ) => [name as string, [light as string, dark as string] as const]),
  );
  assert.ok(colors.size > 12, `only ${colors.size} colours`);
  for (const [scheme, i] of [["light", 0], ["dark", 1]] as const) {
    const of = (name: string) => colors.get(name)?.[i] ?? assert.fail(`no --${name}`);
    for (const [name, grounds] of Object.entries(PAIRS)) {
      for (const ground of grounds) {
        await t.step(`${scheme}: ${name} on ${ground}`, () => {
          const found = contrast(of(name), blend(of(ground), of("panel")));
          assert.ok(found >= LEAST, found.toFixed(2));
        });
      }
    }
  }
});

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

/** A colour that lets through what is behind it. */
function blend(color: string, behind: string): string {
  if (color.length === 7) return color;
  const share = parseInt(color.slice(7, 9), 16) / 255;
  const [own, other] = [channels(color), channels(behind)];
  const mixed = own.map((value, i) => Math.round(value * share + (other[i] as number) * (1 - share)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [bright = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dark + 0.05);
}
