/** Whether a row of the account is one that a subscription asks for, by the members of its argument. */
import type { Arg, Row } from "./frame.ts";

/** Members of an argument that are not about rows. */
const NO_FILTERS = ["channel", "extraParams"];

/**
 * Returns whether a row of the account is one that the argument of a subscription asks for. A list may be wider, or
 * may have overlooked what it was asked; what a row does not say fits.
 */
export function belongsTo(arg: Arg, row: Row): boolean {
  return Object.entries(arg).every(([name, value]) => {
    if (NO_FILTERS.includes(name) || (name === "instType" && value === "ANY")) return true;
    const own = row[name];
    if (name !== "instFamily" || (own !== undefined && own !== "")) return own === undefined || own === value;
    return typeof row.instId !== "string" || row.instId.startsWith(`${value}-`);
  });
}
