/** Inline requests: a line typed by hand, split into words with the quotes that redis-cli and telnet users know. */

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/** Returns the words of a line; undefined when its quotes do not close. */
export function splitInline(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (true) {
    while (isBlank(line[at])) at++;
    if (at >= line.length || line[at] === "\0") return words;
    let word = "";
    while (at < line.length && !isBlank(line[at]) && line[at] !== "\0") {
      const quote = line[at];
      if (quote !== '"' && quote !== "'") {
        word += line[at++];
        continue;
      }
      const quoted = readQuoted(line, at + 1, quote);
      if (quoted === undefined) return undefined;
      word += quoted.text;
      at = quoted.end;
    }
    words.push(word);
  }
}

function readQuoted(line: string, from: number, quote: string): { text: string; end: number } | undefined {
  let text = "";
  let at = from;
  while (at < line.length && line[at] !== quote) {
    const hex = quote === '"' ? /^\\x([0-9a-fA-F]{2})/.exec(line.slice(at, at + 4)) : null;
    const next = line[at + 1];
    if (hex?.[1] !== undefined) {
      text += String.fromCharCode(parseInt(hex[1], 16));
      at += 4;
    } else if (line[at] === "\\" && next !== undefined && (quote === '"' || next === "'")) {
      text += quote === '"' ? ESCAPES[next] ?? next : next;
      at += 2;
    } else {
      text += line[at++];
    }
  }
  const closed = line[at] === quote && (at + 1 >= line.length || isBlank(line[at + 1]));
  return closed ? { text, end: at + 1 } : undefined;
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && /[ \t\n\v\f\r]/.test(character);
}
