/** The instruments of the stand-in exchange, by their numbers, and what REST says of them. */

/** The name of the i-th one. */
function instrumentName(i: number): string {
  return `COIN${String(i).padStart(3, "0")}-USDT`;
}

/** The names of the first so many. */
export function instrumentNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => instrumentName(i));
}

/** The answer to `GET /api/v5/public/instruments`, in the members of OKX's own; programs that know symbols ask for it. */
export function instrumentList(count: number, instType: string): unknown {
  const names = instType === "SPOT" ? instrumentNames(count) : [];
  const data = names.map((instId) => ({
    ...{ instType, instId, uly: "", instFamily: "", category: "1", baseCcy: instId.split("-")[0] },
    ...{ quoteCcy: "USDT", settleCcy: "", ctVal: "", ctMult: "", ctValCcy: "", optType: "", stk: "" },
    ...{ listTime: "1606468572000", expTime: "", lever: "", tickSz: "0.1", lotSz: "0.0001", minSz: "0.0001" },
    ...{ ctType: "", alias: "", state: "live", ruleType: "normal", maxLmtSz: "", maxMktSz: "" },
  }));
  return { code: "0", msg: "", data };
}
