/**
 * A real Chromium for tests of the page. What a page asks for, says on its console or is forbidden by its policy is kept,
 * so that a test can say that there was nothing of the kind. A page that fails while it is open fails its test.
 */
import assert from "node:assert/strict";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type ConsoleMessage,
  type Page,
} from "playwright-core";
import { assertDeclared, CHROMIUM } from "./needs.ts";

/** A page and what was noticed of it. */
export type Watched = {
  readonly page: Page;
  /** Addresses of everything that the page asked for. */
  readonly requests: readonly string[];
  /** Uncaught errors and lines of the console, of whatever level. */
  readonly said: readonly string[];
  /** Those that are faults of the page. */
  readonly errors: readonly string[];
  /** What the page's policy forbade: directive and what it was about. */
  violations(): Promise<string[]>;
};

/** How a page is visited; `mayFail`: the test itself has it do what fails. */
export type VisitOptions = BrowserContextOptions & { readonly mayFail?: boolean };

/** A browser without pages; disposing ends it and all of them. */
export type TestBrowser = AsyncDisposable & {
  /** Opens a page for as long as `run` takes; rejects where the page had errors that nobody expected. */
  visit(url: string, run: (watched: Watched) => Promise<void>, options?: VisitOptions): Promise<void>;
};

/** Starts Chromium as containers and CI take it: without a sandbox, a screen or a graphics card. */
export async function startBrowser(options: { scale?: number } = {}): Promise<TestBrowser> {
  assertDeclared("chromium");
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
      // Not by the page's settings: what draws pixels itself would not notice.
      ...(options.scale === undefined ? [] : [`--force-device-scale-factor=${options.scale}`]),
    ],
  });
  return {
    async visit(url, run, { mayFail = false, ...contextOptions } = {}) {
      const context = await browser.newContext(contextOptions);
      try {
        const page = await context.newPage();
        const watched = await watch(page);
        await page.goto(url, { timeout: 30_000 });
        await run(watched);
        if (!mayFail) assert.deepEqual(watched.errors, [], "the page had errors");
      } finally {
        await context.close();
      }
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** Notices from now on what a page asks for and says. */
async function watch(page: Page): Promise<Watched> {
  const requests: string[] = [];
  const said: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => {
    said.push(`${message.type()}: ${message.text()}`);
    if (isError(message)) errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => {
    said.push(`uncaught: ${error.message}`);
    errors.push(error.stack ?? error.message);
  });
  await page.addInitScript(() => {
    const kept: string[] = [];
    Reflect.set(globalThis, "violations", kept);
    addEventListener("securitypolicyviolation", (event) => {
      const { effectiveDirective, blockedURI } = event as SecurityPolicyViolationEvent;
      kept.push(`${effectiveDirective} ${blockedURI}`);
    });
  });
  const violations = () => page.evaluate(() => Reflect.get(globalThis, "violations") as string[]);
  return { page, requests, said, errors, violations };
}

/** Whether the page did something wrong; that an answer of the API was a refusal, or that there was none, is no fault of it. */
function isError(message: ConsoleMessage): boolean {
  if (message.type() !== "error") return false;
  const { pathname } = new URL(message.location().url || "about:blank");
  return !(message.text().startsWith("Failed to load resource") && pathname.startsWith("/api/"));
}

/** What a page's event of a broken policy has; the tests themselves know nothing of pages. */
type SecurityPolicyViolationEvent = Event & {
  readonly effectiveDirective: string;
  readonly blockedURI: string;
};
