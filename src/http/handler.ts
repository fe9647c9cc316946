/** The pages and what they ask for, as a function from request to response. */
import { Hono } from "hono";
import { type Identity, INSTANCE_HEADER, SERVICE_HEADER } from "../shared/identity.ts";
import { type Access, admit } from "./guard.ts";
import type { Logins } from "./logins.ts";
import { renderMetrics } from "./metrics.ts";
import { findAsset } from "./assets.ts";
import { type CommandPort, COMMANDS_PATH, createCommands } from "./commands.ts";
import { assessReadiness, describeFault, isStandby } from "./readiness.ts";
import type { View } from "./view.ts";

/** What the pages are served from. */
export type HandlerOptions = {
  readonly view: () => View;
  readonly access: Access;
  readonly identity: Identity;
  readonly logins: Logins;
  /** Takes commands; without it there are none over HTTP. */
  readonly commands?: CommandPort;
  /** Opens the stream of everything, or of the rows of some paths, or lists instruments; without them there is no page either. */
  readonly live?: {
    events(): Response;
    rows(server: string, paths: readonly string[]): Response;
    instruments(server: string): Promise<Response>;
  };
};

/** `from` is the address that asks. */
export type Handler = (request: Request, from: string) => Promise<Response>;

/** Reasons that one answer lists. */
const MAX_REASONS = 100;

/** Paths whose rows one stream carries: a chart, a book, a tape, a row and room for more. */
const MAX_PATHS = 8;

/** Nothing but our own files, no inline code, no text that becomes code, and no frame around it. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Returns an address from whatever the view is at that moment. */
export function createHandler(options: HandlerOptions): Handler {
  const { view, access, identity, logins, commands, live } = options;
  const app = new Hono<{ Bindings: { reasons: boolean } }>();
  app.get("/livez", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    const now = Date.now();
    const seen = view();
    const standsBy = isStandby(seen);
    const { faults, refused } = assessReadiness(seen, now);
    // Who asks for the one that writes is sent on.
    const isElsewhere = standsBy && context.req.query("role") === "active";
    const isReady = faults.length === 0 && !isElsewhere;
    const status = isReady ? 200 : 503;
    const [shown, warnings] = context.env.reasons ? [faults, refused] : [[], []];
    if (wantsJson(context.req.header("accept"), context.req.query("format"))) {
      return context.json({
        ready: isReady,
        ...(standsBy ? { role: "standby" } : {}),
        ...(seen.shard === undefined ? {} : { shard: seen.shard }),
        refused: refused.length,
        faults: shown.slice(0, MAX_REASONS),
        warnings: warnings.slice(0, MAX_REASONS),
      }, status);
    }
    if (!isReady && !context.env.reasons) {
      return context.text("not ready; give the password to read why\n", status);
    }
    if (standsBy && faults.length === 0) return context.text("standby\n", status);
    const lines = shown.slice(0, MAX_REASONS).map((fault) => describeFault(fault, now));
    return context.text(`${isReady ? "ok" : lines.join("\n")}\n`, status);
  });
  app.get("/metrics", async (context) => {
    const text = await renderMetrics(view());
    return context.text(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
  app.get("/api/state", (context) => context.json(view()));
  if (commands !== undefined) {
    const answer = createCommands(commands);
    app.post(COMMANDS_PATH, (context) => answer(context.req.raw));
  }
  if (live !== undefined) {
    // Nobody would read, or close, the stream that a HEAD asks about.
    app.on("GET", ["/api/events", "/api/rows"], async (context, next) => {
      if (context.req.raw.method !== "HEAD") return await next();
      return new Response(null, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
    });
    app.get("/api/events", () => live.events());
    app.get("/api/rows", (context) => {
      const server = context.req.query("server");
      const paths = context.req.queries("path") ?? [];
      if (server === undefined || paths.length === 0 || paths.length > MAX_PATHS) {
        return context.text(`Name a server and 1 to ${MAX_PATHS} paths: /api/rows?server=…&path=…\n`, 400);
      }
      return live.rows(server, paths);
    });
    app.get("/api/instruments", async (context) => {
      const server = context.req.query("server");
      if (server === undefined) return context.text("Name a server: /api/instruments?server=…\n", 400);
      return await live.instruments(server);
    });
    app.get("*", async (context, next) => {
      const asset = findAsset(context.req.path);
      return asset === undefined ? await next() : new Response(asset.body, {
        headers: { "content-type": asset.type, "content-security-policy": PAGE_POLICY },
      });
    });
  }
  app.notFound((context) => context.text("There is /, /livez, /readyz, /metrics and /api/state\n", 404));
  app.onError((_, context) => context.text("internal error\n", 500));
  return async (request, from) => {
    const verdict = await admit(request, from, access, logins);
    if (verdict instanceof Response) return withHeaders(verdict, identity);
    return withHeaders(await app.fetch(request, { reasons: verdict === "all" }), identity);
  };
}

/** Returns whether an answer is asked for as JSON rather than as lines. */
function wantsJson(accept: string | undefined, format: string | undefined): boolean {
  return format === "json" || (format === undefined && /\bapplication\/json\b/.test(accept ?? ""));
}

/** Nothing is kept by caches, guessed at, or shared with other sites; and who answers is named. */
function withHeaders(response: Response, { instance, service }: Identity): Response {
  const { headers } = response;
  headers.set(INSTANCE_HEADER, instance);
  headers.set(SERVICE_HEADER, service);
  headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
  headers.set("cross-origin-resource-policy", "same-origin");
  headers.set("referrer-policy", "no-referrer");
  if (!headers.has("content-security-policy")) {
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  }
  return response;
}
