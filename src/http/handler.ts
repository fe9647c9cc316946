/** Health and metrics over HTTP, as a pure function from request to response. */
import { Hono } from "hono";
import { renderMetrics } from "./metrics.ts";
import { readinessFaults, type View } from "./view.ts";

/** Answers from whatever the view is at that moment. */
export function createHandler(view: () => View): (request: Request) => Response | Promise<Response> {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
    context.header("x-content-type-options", "nosniff");
    context.header("content-security-policy", "default-src 'none'");
  });
  app.get("/livez", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    const faults = readinessFaults(view());
    return faults.length === 0
      ? context.text("ok\n")
      : context.text(`${faults.slice(0, 100).join("\n")}\n`, 503);
  });
  app.get("/metrics", async (context) => {
    const text = await renderMetrics(view());
    return context.text(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
  app.get("/api/state", (context) => context.json(view()));
  app.get("/", (context) => context.text("okws\n\n/livez\n/readyz\n/metrics\n/api/state\n"));
  app.notFound((context) => context.text("There is /livez, /readyz, /metrics and /api/state\n", 404));
  return (request) => app.fetch(request);
}
