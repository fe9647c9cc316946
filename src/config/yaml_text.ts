/** YAML as a value, with the line and column of each of its parts, within bounds. Pure. */
import { type Document, isMap, isNode, isScalar, Lexer, LineCounter, parseDocument, visit } from "yaml";
import { ConfigError, type ConfigIssue, issueOf } from "../shared/errors.ts";
import { type Message, message, type Text } from "../shared/messages/message.ts";

/** Where a value is, or a key; undefined where the file does not have it. */
export type Locate = (
  at: readonly (string | number)[],
  isKey: boolean,
) => { readonly line: number; readonly column: number } | undefined;

/** Keys in a file; ten thousand argument objects have three each. */
const MAX_KEYS = 30_000;

/** Levels of lists and maps inside each other; a good file has five. */
const MAX_DEPTH = 64;

/** Faults that are listed of one file. */
const MAX_FAULTS = 100;

/** Uses of one anchor, times those inside of it. */
const MAX_ALIASES = 1000;

/** Returns the value of a file, and where its parts are. Throws ConfigError, which has every fault with its position. */
export function parseYaml(file: string, text: string): { value: unknown; locate: Locate } {
  let keys = 0;
  for (const token of new Lexer().lex(text)) {
    if (token !== ":" || ++keys <= MAX_KEYS) continue;
    throw new ConfigError(file, [issueOf(message("yaml.too_many_keys", { most: MAX_KEYS }))]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    merge: true,
  });
  // An unknown tag is only warned about, and its value is lost.
  const tags = document.warnings.filter(({ code }) => code === "TAG_RESOLVE_FAILED");
  const tooDeep = issueOf(message("yaml.too_deep", { most: MAX_DEPTH }));
  // The parser calls itself for each level.
  if (document.errors.some(({ message }) => message.includes("call stack"))) {
    throw new ConfigError(file, [tooDeep]);
  }
  const errors = [...document.errors, ...tags, ...repeatedKeys(document)];
  if (errors.length > 0) {
    const issues = errors.slice(0, MAX_FAULTS).map((error): ConfigIssue => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { ...issueOf(describeError(error)), line, column: col };
    });
    if (errors.length > MAX_FAULTS) {
      issues.push(issueOf(message("config.more_faults", { count: errors.length - MAX_FAULTS })));
    }
    throw new ConfigError(file, issues);
  }
  const locate: Locate = (at, isKey) => {
    const offset = offsetOf(document, at, isKey);
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
    if (!isDeep(value, 0)) return { value, locate };
  } catch (error) {
    throw new ConfigError(file, [issueOf(aliasFault(String(error)))]);
  }
  // Also what an alias makes contain itself.
  throw new ConfigError(file, [tooDeep]);
}

function isDeep(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth >= MAX_DEPTH || Object.values(value).some((each) => isDeep(each, depth + 1));
}

/** Returns what is wrong with an alias or a merge. The text is not shown: it may be a secret that starts with *. */
function aliasFault(reason: string): Message {
  if (/^Error: Merge /.test(reason)) {
    return message("yaml.bad_merge");
  }
  if (/resource exhaustion/i.test(reason)) return message("yaml.too_many_aliases");
  return message("yaml.bad_alias");
}

/** The parser's own look for keys that stand twice takes the square of their number. */
function repeatedKeys(
  document: Document,
): { code: string; message: string; pos: readonly [number, number] }[] {
  const found: ReturnType<typeof repeatedKeys> = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const at = key.range?.[0] ?? 0;
        if (seen.has(key.value)) {
          found.push({ code: "DUPLICATE_KEY", message: "", pos: [at, at] });
        }
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** Returns what is wrong, without the words of the file that the parser quotes: they may be a secret. */
function describeError({ code, message: said }: { readonly code: string; readonly message: string }): Text {
  if (code === "MULTIPLE_DOCS") {
    return message("yaml.second_document");
  }
  if (code === "DUPLICATE_KEY") return message("yaml.duplicate_key");
  if (code === "TAG_RESOLVE_FAILED") return message("yaml.quote_tag");
  const words = said.split(/: |:$|\\/, 1)[0] as string;
  return code === "UNEXPECTED_TOKEN" && words.startsWith("Block scalar header")
    ? message("yaml.quote_block")
    : words.slice(0, 200).trim();
}

/**
 * Returns where a value starts; of a missing value, where the nearest thing around it starts; of an unknown key, the key.
 */
function offsetOf(
  document: ReturnType<typeof parseDocument>,
  at: readonly (string | number)[],
  isKey: boolean,
): number | undefined {
  for (let length = at.length; length >= 0; length--) {
    const path = at.slice(0, length);
    const parent = document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === path.at(-1)) : undefined;
    const node = isKey ? pair?.key : document.getIn(path, true) ?? pair?.key;
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
