/// <reference lib="dom" />
/** The two graphs draw whatever a service's seconds are like: idle ones, repeated ones, a clock that was set. */
import assert from "node:assert/strict";
import type { Sample } from "../../../src/http/history.ts";
import { startBrowser, type Watched } from "../../support/browser.ts";
import { withPage } from "../../support/dashboard_page.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";

const START = 1_795_363_200_000;

/** Samples by the times of their ends and where nothing was written. */
type Case = { readonly at: (n: number) => number; readonly isIdle: (n: number) => boolean };

const never = () => false;
const second = (n: number) => START + n * 1000;
const CASES: Readonly<Record<string, Case>> = {
  "every second": { at: second, isIdle: never },
  "late and early ones, two of which are of one second": {
    at: (n) => START + n * 1000 + (n % 7 === 3 ? -20 : 5),
    isIdle: never,
  },
  "the same moment again": { at: (n) => second(n - n % 2), isIdle: never },
  "a clock set back": { at: (n) => second(n < 200 ? n + 120 : n), isIdle: never },
  "a clock set forward and back": { at: (n) => second(n === 77 ? n + 3600 : n), isIdle: never },
  "the first are idle": { at: second, isIdle: (n) => n < 200 },
  "the last are idle": { at: second, isIdle: (n) => n > 100 },
  "here and there an idle one, at times of jitter": {
    at: (n) => START + n * 1000 + (n * 7919 % 31) - 15,
    isIdle: (n) => n * 7919 % 13 < 3,
  },
  "idle at every second": { at: second, isIdle: (n) => n % 4 > 1 },
};

testWith(["chromium"], "the graphs draw whatever the seconds are like", async (t) => {
  await using browser = await startBrowser();
  await withPage(browser, async ({ watched }) => {
    for (const [name, { at, isIdle }] of Object.entries(CASES)) {
      await t.step(name, async () => {
        const samples = Array.from({ length: 300 }, (_, n) => sampleOf(at(n), isIdle(n)));
        await serveSamples(watched, samples);
        for (const id of ["flow", "delay"]) await seeColour(watched, id);
        assert.deepEqual(watched.errors, []);
      });
    }
    await t.step("nothing but idle ones", async () => {
      await serveSamples(watched, [0, 1, 2].map((n) => sampleOf(second(n), true)));
      await seeColour(watched, "flow");
      assert.deepEqual(watched.errors, []);
    });
  });
});

function sampleOf(at: number, isIdle: boolean): Sample {
  const [p50, p99] = isIdle ? [null, null] : [1 + at % 7, 9 + at % 11];
  const rates = { messages: 9, rows: 20 + at % 9, writes: 40 + at % 17, batches: 3, dropped: 0 };
  return { at, ...rates, p50, p99, queued: 0, cpu: null, residentBytes: null };
}

/** Has the page load these: the older ones with its first message, the last twenty one by one. */
async function serveSamples({ page }: Watched, samples: readonly Sample[]): Promise<void> {
  const common = {
    ...{ version: "1", startedAt: START, stopping: false, outage: "", accounts: false, commands: [] },
    ...{ lease: null, shard: null, missingShards: [], standbys: 0 },
    ...{ faults: [], faultCount: 0, totals: {}, servers: [], defs: [], paths: [], gone: [], entries: [] },
  };
  const older = Math.max(1, samples.length - 20);
  const messages = [samples.slice(0, older), ...samples.slice(older).map((each) => [each])];
  const body = messages.map((part, i) => {
    const tick = { ...common, now: part.at(-1)?.at ?? START, samples: part };
    return `event: ${i === 0 ? "start" : "tick"}\ndata: ${JSON.stringify(tick)}\n\n`;
  }).join("");
  await page.unrouteAll();
  await page.route("**/api/events", (route) => route.fulfill({ contentType: "text/event-stream", body }));
  await page.reload();
}

/** Waits until a graph has pixels that are neither its ground nor its grid, which are grey. */
async function seeColour({ page }: Watched, id: string): Promise<void> {
  await waitFor(
    `${id} to be drawn`,
    () =>
      page.evaluate(
        (name) =>
          [...document.querySelectorAll<HTMLCanvasElement>(`#${name} canvas`)].some((canvas) => {
            if (canvas.width === 0 || canvas.height === 0) return false;
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
            copy?.drawImage(canvas, 0, 0);
            const data = copy?.getImageData(0, 0, canvas.width, canvas.height).data ??
              new Uint8ClampedArray();
            for (let i = 0; i < data.length; i += 4) {
              const [red = 0, green = 0, blue = 0] = data.slice(i, i + 3);
              if (Math.max(red, green, blue) - Math.min(red, green, blue) > 90) {
                return true;
              }
            }
            return false;
          }),
        id,
      ),
  );
}
