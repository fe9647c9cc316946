/// <reference lib="dom" />
/** The connections of every server, with state, how long, and why not. */
import type { ConnectionView, ServerView } from "../src/http/view.ts";
import { find, make, resize, setAttribute, setText } from "./dom.ts";
import { formatAge } from "./format.ts";
import type { Model } from "./model.ts";
import { say, t } from "./texts.ts";

/** Draws the panel. */
export function drawConnections(model: Model): void {
  const servers = model.tick?.servers ?? [];
  const all = servers.flatMap((server) => server.connections.map((connection) => ({ server, connection })));
  const list = find("connections");
  resize(list, all.length, createItem);
  for (const [i, { server, connection }] of all.entries()) {
    fillItem(list.children[i] as HTMLElement, server, connection, model.now());
  }
  const needed = all.filter(({ connection }) => connection.state !== "idle");
  const up = needed.filter(({ connection }) => connection.state === "connected").length;
  setText(
    find("connection-count"),
    needed.length === 0 ? "" : t("page.connected", { up, all: needed.length }),
  );
}

function createItem(): HTMLElement {
  return make(
    "li",
    {},
    make("i", { class: "dot", "aria-hidden": "true" }),
    make("span", { class: "name" }, make("span"), make("small")),
    make("span", { class: "since" }),
    make("span", { class: "count" }),
    make("span", { class: "why", hidden: "" }),
  );
}

/** The states of a connection in words. */
const STATES = {
  idle: "page.connection_idle",
  waiting: "page.connection_waiting",
  connecting: "page.connection_connecting",
  connected: "page.connection_connected",
  stopped: "page.connection_stopped",
} as const;

function fillItem(
  item: HTMLElement,
  server: Omit<ServerView, "subscriptions">,
  connection: ConnectionView,
  now: number,
): void {
  const { endpoint, state, since, attempts = 0, lastError, url = "", connId = "" } = connection;
  const [, name, when, count, why] = item.children as unknown as Element[] as [
    Element,
    Element,
    Element,
    Element,
    HTMLElement,
  ];
  setAttribute(item, "data-state", state);
  setText(name.children[0] as Element, `${server.name} `);
  setText(name.children[1] as Element, endpoint);
  const words = state in STATES ? t(STATES[state as keyof typeof STATES]) : state;
  setText(when, since === undefined ? words : `${words} ${formatAge(Math.max(0, now - since))}`);
  const { subscriptions } = connection;
  setText(count, subscriptions === undefined ? "" : countPaths(subscriptions));
  const isDown = state === "waiting" || state === "connecting";
  why.hidden = !isDown || lastError === "";
  const reason = attempts > 1 ? t("page.attempt", { count: attempts, reason: lastError }) : say(lastError);
  setText(why, why.hidden ? "" : reason);
  setAttribute(item, "title", [url, connId === "" ? "" : `connId ${connId}`].filter(Boolean).join(" · "));
}

function countPaths(count: number): string {
  return count === 1 ? t("page.paths_one", { count }) : t("page.paths_many", { count });
}
