/** Keys as a terminal in raw mode sends them (ECMA-48 sequences, as xterm and everything after it). */

/** A named key, or a character that was typed. */
export type Key =
  | "up"
  | "down"
  | "pageUp"
  | "pageDown"
  | "home"
  | "end"
  | "enter"
  | "tab"
  | "backTab"
  | "escape"
  | "backspace"
  | "interrupt"
  | { readonly char: string };

/** The keys in what was sent, and the beginning of one whose rest has not come. */
export type DecodedKeys = { readonly keys: readonly Key[]; readonly rest: string };

const SEQUENCES: Readonly<Record<string, Key>> = {
  "[A": "up",
  "[B": "down",
  "OA": "up",
  "OB": "down",
  "[5~": "pageUp",
  "[6~": "pageDown",
  "[H": "home",
  "OH": "home",
  "[1~": "home",
  "[7~": "home",
  "[F": "end",
  "OF": "end",
  "[4~": "end",
  "[8~": "end",
  "[Z": "backTab",
};

const CONTROLS: Readonly<Record<string, Key>> = {
  "\x03": "interrupt",
  "\x04": "interrupt",
  "\t": "tab",
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x06": "pageDown",
  "\x02": "pageUp",
};

/** What follows ESC: CSI with parameters and its final character, or SS3 and one character. */
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b(\[[0-?]*[ -/]*[@-~]|O[ -~])/;

/** A sequence that may still go on. */
// deno-lint-ignore no-control-regex
const PARTIAL = /^\x1b(\[[0-?]*[ -/]*|O)$/;

/** Decodes what a terminal sends into keys. ESC by itself is the key of that name; keys without a meaning here are left out. */
export function decodeKeys(text: string): DecodedKeys {
  const keys: Key[] = [];
  let left = text;
  while (left !== "") {
    const sequence = SEQUENCE.exec(left);
    if (sequence !== null) {
      const key = SEQUENCES[sequence[1] as string];
      if (key !== undefined) keys.push(key);
      left = left.slice(sequence[0].length);
      continue;
    }
    if (PARTIAL.test(left)) return { keys, rest: left.length > 32 ? "" : left };
    const char = String.fromCodePoint(left.codePointAt(0) as number);
    left = left.slice(char.length);
    if (char === "\x1b") keys.push("escape");
    else if (CONTROLS[char] !== undefined) keys.push(CONTROLS[char]);
    else if (/^\P{C}$/u.test(char)) keys.push({ char });
  }
  return { keys, rest: "" };
}
