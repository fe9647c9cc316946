/**
 * Requests of another protocol than Redis'. A web page can have its browser send some of its own bytes to any port of
 * this machine, but only behind a request line of HTTP or the binary start of another protocol (TLS, STUN). Redis itself
 * ends a connection at POST or Host:; here any request line does, since nobody types one into a store. Pure.
 */

const REQUEST_LINE = /^\s*\S+\s.*\bHTTP\/\d(?:\.\d+)?\s*$/is;

/** Returns whether a line without a length before it is no command typed by a person. */
export function isForeignLine(line: string): boolean {
  // deno-lint-ignore no-control-regex -- TLS starts with 0x16, STUN with 0x00 or 0x01.
  return /^[\x00-\x08\x0e-\x1f\x7f]/.test(line) || REQUEST_LINE.test(line) || isForeignName(line.trimStart());
}

/** Returns whether a command's name, or a line that starts with it, is what HTTP puts there. */
export function isForeignName(name: string): boolean {
  return /^(?:post(?:\s|$)|host:)/i.test(name);
}
