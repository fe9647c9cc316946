/** The faults that the referee's self-test plants have their places in the sources; the self-test itself takes minutes. */
import assert from "node:assert/strict";
import { PLAYS, STANDBY_PLAYS } from "../../referee/actions/mod.ts";
import { PLANTS } from "../../referee/self_test/plants.ts";

const ROOT = new URL("../../../", import.meta.url);

for (const { name, file, find, replace, script, isPair } of PLANTS) {
  Deno.test(`planted fault "${name}" has one place in ${file}`, async () => {
    const source = await Deno.readTextFile(new URL(file, ROOT));
    const places = source.split(find).length - 1;
    assert.equal(
      places,
      1,
      `"${find}" is there ${places} times: let tests/referee/self_test/plants.ts follow the code`,
    );
    assert.notEqual(find, replace);
    const plays = isPair ? STANDBY_PLAYS : PLAYS;
    for (const { action } of script) assert.ok(action.do in plays, `no action is called ${action.do}`);
  });
}
