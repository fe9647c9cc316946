/** Why no row has the members that were asked for, though there are rows. */
import type { Client } from "../../client/client.ts";
import { fullPath, type GetParams } from "../../client/params.ts";
import { fieldText } from "../../okx/exact_json.ts";
import { nearest } from "../../okx/suggest.ts";
import { type Message, message } from "../../shared/messages/message.ts";
import { keyed, translator } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";

/** Rows that are looked at, the newest. */
const LOOKED_AT = 1000;

/** Longest list of members or values that is printed. */
const LIST_LENGTH = 80;

/** What was asked for. */
type Asked = { readonly name: string; readonly path: string; readonly params: GetParams };

/** Returns why the filters leave nothing; undefined: there are none, or nothing without them either. */
export async function whyNoMatch(
  client: Pick<Client, "get">,
  { name, path: written, params }: Asked,
): Promise<Message | undefined> {
  const { path, where } = fullPath(written, params);
  const filters = Object.entries(where);
  if (filters.length === 0) return undefined;
  const { since, maxAgeMs } = params;
  const found = await client.get(name, path, {
    ...{ n: LOOKED_AT },
    ...(since === undefined ? {} : { since }),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  });
  const rows = found === undefined ? [] : Array.isArray(found) ? found : [found];
  if (rows.length === 0) return undefined;
  for (const [member, value] of filters) {
    const members = new Set(rows.flatMap((row) => Object.keys(row)));
    if (!members.has(member)) return unlike(keyed("get.no_member", { path, member }), member, [...members]);
    const values = new Set(
      rows.flatMap((row) => row[member] === undefined ? [] : [fieldText(row[member])]),
    );
    if (!values.has(value)) {
      return unlike(keyed("get.no_value", { path, filter: `${member}=${value}` }), value, [...values]);
    }
  }
  return keyed("get.no_row", { path, filter: filters.map((each) => each.join("=")).join(" ") });
}

/** Prints it on stderr where more rows are waited for. What keeps it from being looked up is not said: it is a hint. */
export async function noteNoMatch(client: Pick<Client, "get">, asked: Asked, io: Io): Promise<void> {
  const why = await whyNoMatch(client, asked).catch(() => undefined);
  if (why !== undefined) io.note(`okws: ${translator(io)(why)}`);
}

/** The sentence with the name that is meant, or with those that there are, where they are few. */
function unlike(sentence: Message, word: string, names: readonly string[]): Message {
  const name = nearest(word, names);
  if (name !== undefined) return message("join.suggestion", { sentence, name });
  const list = names.toSorted().join(", ");
  return list.length <= LIST_LENGTH ? keyed("get.there_are", { sentence, list }) : sentence;
}
