/**
 * A real Chromium for tests of the page. What a page asks for, says on its console or is forbidden by its policy is kept,
 * so that a test can say that there was nothing of the kind.
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { assertDeclared, CHROMIUM } from "./needs.ts";

/** A page and what was noticed of it. */
export type Watched = AsyncDisposable & {
  readonly page: Page;
  /** Addresses of everything that the page asked for. */
  readonly requests: readonly string[];
  /** Uncaught errors and lines of the console, of whatever level. */
  readonly said: readonly string[];
  /** What the page's policy forbade: directive and what it was about. */
  violations(): Promise<string[]>;
};

/** A browser without pages; disposing ends it and all of them. */
export type TestBrowser = AsyncDisposable & {
  open(url: string, options?: BrowserContextOptions): Promise<Watched>;
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
    async open(url, contextOptions = {}) {
      const context = await browser.newContext(contextOptions);
      const page = await context.newPage();
      const requests: string[] = [];
      const said: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => said.push(`uncaught: ${error.message}`));
      await page.addInitScript(() => {
        const kept: string[] = [];
        Reflect.set(globalThis, "violations", kept);
        addEventListener("securitypolicyviolation", (event) => {
          const { effectiveDirective, blockedURI } = event as SecurityPolicyViolationEvent;
          kept.push(`${effectiveDirective} ${blockedURI}`);
        });
      });
      await page.goto(url, { timeout: 30_000 });
      return {
        page,
        requests,
        said,
        violations: () => page.evaluate(() => Reflect.get(globalThis, "violations") as string[]),
        [Symbol.asyncDispose]: () => context.close(),
      };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** What a page's event of a broken policy has; the tests themselves know nothing of pages. */
type SecurityPolicyViolationEvent = Event & {
  readonly effectiveDirective: string;
  readonly blockedURI: string;
};
