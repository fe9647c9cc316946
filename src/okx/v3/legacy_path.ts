/** Legacy paths as servers of v5 take them: which table they name, and what of it. */
import { message } from "../../shared/messages/message.ts";
import { escapeId, unescapeId } from "../escape.ts";
import { exampleOf, fault, isPlainText, pathFault, show, type TopicFault } from "../path_text.ts";
import { nearest, withSuggestion } from "../suggest.ts";
import type { LegacyChannel } from "./legacy_channel.ts";
import { findLegacy, legacyTables, PRODUCTS } from "./legacy_channels.ts";

/** A path in its canonical spelling, and what it names; `filter` is empty where the table is subscribed as a whole. */
export type LegacyPath = {
  readonly kind: "path";
  readonly path: string;
  readonly table: string;
  readonly legacy: LegacyChannel;
  readonly filter: string;
};

/** Reads a legacy path, which was split at its colons. */
export function parseLegacyPath(
  path: string,
  table: string,
  args: readonly string[],
): LegacyPath | TopicFault {
  const legacy = findLegacy(table);
  if (legacy === undefined) return unknownLegacy(table);
  const filter = args.length === 0 ? undefined : unescapeId(args.join(":"));
  if (args.length > 0 && (filter === undefined || filter === "" || !isPlainText(filter))) {
    return fault(message("path.legacy_form", { value: show(path) }));
  }
  if (legacy.filter && filter === undefined) {
    return fault(
      message("path.legacy_needs_instrument", { table, example: table, instrument: exampleOf(table) }),
    );
  }
  if (!legacy.filter && filter !== undefined) {
    return fault(message("path.legacy_takes_none", { table, name: table }));
  }
  const canonical = filter === undefined ? table : `${table}:${escapeId(filter)}`;
  const unfit = pathFault(canonical);
  return unfit ?? { kind: "path", path: canonical, table, legacy, filter: filter ?? "" };
}

function unknownLegacy(table: string): TopicFault {
  const [product = "", name = ""] = table.split("/");
  if (!PRODUCTS.includes(product)) {
    if (nearest(product, PRODUCTS) === undefined) {
      return fault(message("path.unknown_product_of", { name: show(product), list: PRODUCTS.join(", ") }));
    }
    return fault(withSuggestion(message("path.unknown_product", { name: show(product) }), product, PRODUCTS));
  }
  const successor = SUCCESSORS.get(name);
  if (successor !== undefined) {
    return fault(message("path.not_served_legacy", { table, successor }));
  }
  const none = message("path.unknown_legacy_channel", { name: show(table) });
  return fault(withSuggestion(none, table, legacyTables()));
}

/** Legacy names without a v3-shaped row, and the native channel that carries the same data. */
const SUCCESSORS: ReadonlyMap<string, string> = new Map([
  ["margin_account", "account and positions:MARGIN"],
  ["order_algo", "orders-algo:OPTION"],
]);
