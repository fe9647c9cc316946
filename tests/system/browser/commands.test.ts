/// <reference lib="dom" />
/** The page acts: a path is added, one is ended, the file is read again; and what it says where it may not. */
import assert from "node:assert/strict";
import { serve } from "../../../src/app/service.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { startBrowser, type TestBrowser } from "../../support/browser.ts";
import { answerAll, pathItem, seeText, withPage } from "../../support/dashboard_page.ts";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { freePort } from "../../support/free_port.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";

const PASSWORD = "correct horse";
const GUARDED = { HTTP_PASSWORD: PASSWORD };
const KNOWN = { httpCredentials: { username: "okws", password: PASSWORD } };
const CHANNELS = ["tickers:BTC-USDT", "tickers:ETH-USDT"];

testWith(["chromium"], "the page acts for who knows the password", async (t) => {
  await using browser = await startBrowser();
  await t.step("a path is added and ended, by mouse and by keys", () => addsAndEnds(browser));
  await t.step("what is refused is said in words", () => saysRefusals(browser));
  await t.step("the file is read again, with a report", () => reloads(browser));
  await t.step("without a password the page only shows, and says why", () => onlyShows(browser));
  await t.step("in Chinese", () => speaksChinese(browser));
  await t.step("a page of somebody else changes nothing", () => refusesOthers(browser));
});

async function addsAndEnds(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ run, watched }) => {
    const { page } = watched;
    await seeText(watched, "#list", "tickers:ETH-USDT");
    await page.keyboard.press("a");
    await waitFor("the field", () => page.evaluate(() => document.activeElement?.id === "add-path"));
    await page.keyboard.type("trades:btc");
    const suggested = () =>
      page.evaluate(() =>
        [...document.querySelectorAll<HTMLOptionElement>("#add-paths option")].map(({ value }) => value)
      );
    await waitFor("the suggestion", async () => (await suggested())[0] === "trades:BTC-USDT");
    await page.locator("#add-path").fill("trades:BTC-USDT");
    await page.keyboard.press("Enter");
    await seeText(watched, "#said", "trades:BTC-USDT is live");
    await waitFor(
      "it to be chosen",
      async () => await page.locator(pathItem("trades:BTC-USDT")).getAttribute("aria-selected") === "true",
    );
    assert.equal((await run.sub("trades:BTC-USDT"))?.state, "live");
    assert.equal(await page.locator("#add-path").inputValue(), "");

    // By keys, and not at once.
    await page.locator("#list").focus();
    await page.keyboard.press("u");
    await seeText(watched, "#confirm-what", "trades:BTC-USDT of test ends for every program");
    await page.keyboard.press("j");
    await page.keyboard.press("Escape");
    await waitFor("no question", () => page.locator("#confirm").isHidden());
    assert.equal((await run.sub("trades:BTC-USDT"))?.state, "live");
    await page.keyboard.press("u");
    await page.locator("#confirm button[value=no]").click();
    assert.equal((await run.sub("trades:BTC-USDT"))?.state, "live");
    // Whoever asks again before the page has noticed the answer is asked again, too.
    await page.evaluate(() => {
      const ask = () =>
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "u", bubbles: true }));
      ask();
      (document.querySelector("#confirm button[value=no]") as HTMLElement).click();
      ask();
    });
    await page.locator("#confirm button[value=yes]").click();
    await seeText(watched, "#said", "trades:BTC-USDT is unsubscribed");
    await waitFor("it to be gone", async () => await page.locator(pathItem("trades:BTC-USDT")).count() === 0);
    assert.equal(await run.sub("trades:BTC-USDT"), undefined);

    // By mouse, at its line; what is chosen stays.
    await page.locator(pathItem("tickers:BTC-USDT")).click();
    await page.locator(pathItem("tickers:ETH-USDT")).hover();
    await page.locator(`${pathItem("tickers:ETH-USDT")} .drop`).click();
    await seeText(watched, "#confirm-what", "tickers:ETH-USDT");
    await page.locator("#confirm button[value=yes]").click();
    await waitFor(
      "it to be gone",
      async () => await page.locator(pathItem("tickers:ETH-USDT")).count() === 0,
    );
    // And by the button beside the row.
    await page.locator("#unsubscribe").click();
    await seeText(watched, "#confirm-what", "tickers:BTC-USDT");
    await page.locator("#confirm button[value=yes]").click();
    await seeText(watched, "#paths-pane", "Nothing is subscribed.");
    assert.deepEqual(watched.said, []);
  }, { channels: CHANNELS, page: KNOWN, service: { settings: GUARDED } });
}

async function saysRefusals(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ watched }) => {
    const { page } = watched;
    await seeText(watched, "#list", "tickers:ETH-USDT");
    for (
      const [path, words] of [
        ["tickers:NOPE-USDT", /tickers:NOPE-USDT is refused: 60018 /],
        ["trades:NOPE-USDT", /stays subscribed and is asked for again: trades:NOPE-USDT\. To end it/],
        ["trades:eth-usdt", /Did you mean trades:ETH-USDT\? The exchange has that instrument/],
        ["trades:xrp-usdt", /upper case: did you mean trades:XRP-USDT\?/],
        ["tickerz:BTC-USDT", /tickers/],
        ["orders:SPOT", /orders:SPOT needs a login/],
        ["<img src=x onerror=\"document.title='taken'\">", /./],
      ] as const
    ) {
      await page.locator("#add-path").fill(path);
      await page.locator("#add-submit").click();
      await seeText(watched, "#said[data-level=bad]", words);
      // What was typed is there to be corrected.
      assert.equal(await page.locator("#add-path").inputValue(), path);
    }
    assert.equal(await page.locator("#said img").count(), 0);
    await page.locator("#reload").click();
    await seeText(watched, "#said[data-level=bad]", "without a configuration file");
  }, { channels: CHANNELS, page: KNOWN, service: { settings: GUARDED } });
}

async function reloads(browser: TestBrowser): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "okws-page-" });
  try {
    await using okx = startFakeOkx({ answer: answerAll });
    const file = `${folder}/okws.yaml`;
    const write = (...channels: string[]) =>
      Deno.writeTextFile(
        file,
        JSON.stringify({
          settings: {
            REDIS_URL: `embedded://127.0.0.1:${port}`,
            HTTP: "127.0.0.1:0",
            HTTP_PASSWORD: PASSWORD,
            ENDPOINT: okx.url,
            HISTORY: 0,
          },
          servers: [{ name: "test" }],
          subscribes: [{ server: "test", channels }],
        }),
      );
    const port = freePort();
    await write("tickers:BTC-USDT");
    const load = () => loadConfig({ file, environment: {} });
    await using service = await serve(await load(), { load });
    await browser.visit(`${service.httpUrl}/#/?list=paths`, async (watched) => {
      const { page } = watched;
      await seeText(watched, "#list", "tickers:BTC-USDT");
      await page.locator("#reload").click();
      await seeText(watched, "#said", "nothing differs");
      await write("tickers:ETH-USDT");
      await page.locator("#list").focus();
      await page.keyboard.press("R");
      await seeText(watched, "#said", "Subscribed: test tickers:ETH-USDT");
      await seeText(watched, "#said", "Unsubscribed: test tickers:BTC-USDT");
      await seeText(watched, "#list", "tickers:ETH-USDT");
      await Deno.writeTextFile(file, "settings: { HTTP: 7 }\n");
      await page.locator("#reload").click();
      await seeText(watched, "#said[data-level=bad]", "Nothing is changed");
    }, KNOWN);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function onlyShows(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ run, watched }) => {
    const { page } = watched;
    await seeText(watched, "#read-only", "HTTP_PASSWORD");
    await page.locator(pathItem("tickers:BTC-USDT")).click();
    for (const id of ["#add", "#reload", "#unsubscribe"]) assert.ok(await page.locator(id).isHidden(), id);
    for (const key of ["a", "u", "R"]) await page.keyboard.press(key);
    assert.ok(await page.locator("#confirm").isHidden());
    await page.locator(pathItem("tickers:BTC-USDT")).hover();
    assert.ok(await page.locator(`${pathItem("tickers:BTC-USDT")} .drop`).isHidden());
    const status = await page.evaluate(async () =>
      (await fetch("/api/commands", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"op":"unsubscribe","name":"test","args":["tickers:BTC-USDT"]}',
      })).status
    );
    assert.equal(status, 403);
    assert.equal((await run.sub("tickers:BTC-USDT"))?.state, "live");
  }, { channels: CHANNELS });
  await withPage(browser, ({ watched }) => seeText(watched, "#read-only", "COMMANDS"), {
    channels: CHANNELS,
    page: KNOWN,
    service: { settings: { ...GUARDED, COMMANDS: "status" } },
  });
}

async function speaksChinese(browser: TestBrowser): Promise<void> {
  await withPage(browser, async ({ watched }) => {
    const { page } = watched;
    await seeText(watched, "#add-submit", "订阅");
    await page.locator("#add-path").fill("trades:BTC-USDT");
    await page.locator("#add-submit").click();
    await seeText(watched, "#said", "trades:BTC-USDT：live");
    await page.locator("#list").focus();
    await waitFor(
      "it to be chosen",
      async () => await page.locator(pathItem("trades:BTC-USDT")).getAttribute("aria-selected") === "true",
    );
    await page.keyboard.press("u");
    await seeText(watched, "#confirm", "取消");
    await page.locator("#confirm button[value=yes]").click();
    await seeText(watched, "#said", "已退订 trades:BTC-USDT");
  }, { channels: CHANNELS, page: { ...KNOWN, locale: "zh-CN" }, service: { settings: GUARDED } });
}

/** A page of another origin in the browser of somebody who has given okws the password. */
async function refusesOthers(browser: TestBrowser): Promise<void> {
  await using stranger = Deno.serve(
    { hostname: "127.0.0.1", port: freePort(), onListen: () => {} },
    () => new Response("<!doctype html><title>other</title>", { headers: { "content-type": "text/html" } }),
  );
  await withPage(browser, async ({ run, watched }) => {
    const { page } = watched;
    await seeText(watched, "#list", "tickers:ETH-USDT");
    const own = new URL(page.url()).origin;
    await page.goto(`http://127.0.0.1:${stranger.addr.port}/`);
    const outcome = await page.evaluate(async (own) => {
      const command = '{"op":"unsubscribe","name":"test","args":["tickers:ETH-USDT"]}';
      const attempt = (headers: Record<string, string>, mode: RequestMode) =>
        fetch(`${own}/api/commands`, { method: "POST", mode, headers, body: command, credentials: "include" })
          .then((response) => response.type, () => "refused");
      const form = document.createElement("form");
      const frame = document.createElement("iframe");
      frame.name = "aside";
      Object.assign(form, {
        method: "post",
        action: `${own}/api/commands`,
        enctype: "text/plain",
        target: "aside",
      });
      const field = document.createElement("input");
      field.name = command.slice(0, -1);
      field.value = "}";
      form.append(field);
      document.body.append(frame, form);
      const answered = new Promise((resolve) => frame.addEventListener("load", resolve));
      form.submit();
      await answered;
      return [
        await attempt({ "content-type": "application/json" }, "cors"),
        await attempt({ "content-type": "text/plain" }, "cors"),
        await attempt({ "content-type": "text/plain" }, "no-cors"),
      ];
    }, own);
    assert.deepEqual(outcome, ["refused", "refused", "refused"]);
    assert.equal((await run.sub("tickers:ETH-USDT"))?.state, "live");
    assert.equal(run.service.view().stats.commands, 0, "nothing came as far as a command");
  }, { channels: CHANNELS, page: { ...KNOWN, mayFail: true }, service: { settings: GUARDED } });
}
