/** Names of files for paths. Pure. */

/** Longest name that every file system takes, with room for an ending. */
const MAX_NAME = 200;

/**
 * Returns what names the file of a path: `trades:BTC-USDT` becomes `trades_BTC-USDT`; two paths that would have one name get a
 * number each.
 */
export function createFileNames(): (path: string) => string {
  const taken = new Set<string>();
  return (path) => {
    const plain = path.replace(/[^A-Za-z0-9.=-]+/g, "_").replace(/^\.+/, "_").slice(0, MAX_NAME);
    let name = plain;
    // Some file systems ignore case.
    for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${plain}-${i}`;
    taken.add(name.toLowerCase());
    return name;
  };
}
