/** What each error code of the exchange asks for. */
import assert from "node:assert/strict";
import { errorAction } from "../../../src/okx/error_codes.ts";

Deno.test("faultAction() says what each code asks for", async (t) => {
  const table = {
    login: ["60004", "60005", "60007", "60009", "60024", "60032"],
    retry: ["60006", "60014", "60023", "63999", "64007", "50001", "50011", "50013", "50026"],
    move: ["64001", "64002"],
    "login ": ["30001", "30005", "30006", "30012", "30013", "30015", "30027"],
    "retry ": ["30008", "30009", "30014", "30026", "30030"],
    "refuse ": ["30024", "30032", "30040", "30041"],
    refuse: ["60008", "60012", "60013", "60018", "60019", "60027", "60033", "64000", "64003", "64004"],
  };
  for (const [action, codes] of Object.entries(table)) {
    await t.step(action, () => {
      for (const code of codes) assert.equal(errorAction(code), action.trim(), code);
    });
  }
});

Deno.test("faultAction() refuses the argument of a code that it does not know", () => {
  for (const code of ["69999", "", "nonsense"]) assert.equal(errorAction(code), "refuse");
});
