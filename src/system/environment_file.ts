/** Lines of NAME=VALUE as systemd's EnvironmentFile reads them, so that a check sees what the service will see. */

/**
 * Returns the variables of a file; of two with one name the later counts. Lines that are none are passed over, as systemd
 * does.
 */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  // A line that ends in a backslash goes on in the next one.
  for (const line of text.replaceAll("\\\n", "").split("\n")) {
    const [, name, value] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) found[name] = unquote(value ?? "");
  }
  return found;
}

function unquote(text: string): string {
  const value = text.trim();
  const quoted = /^(["'])([^]*)\1$/.exec(value);
  if (quoted === null) return value.replace(/\\(.)/g, "$1");
  const inner = quoted[2] ?? "";
  return quoted[1] === '"' ? inner.replace(/\\(["\\$`])/g, "$1") : inner;
}
