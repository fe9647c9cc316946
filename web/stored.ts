/// <reference lib="dom" />
/** What a browser keeps of the page; one that keeps nothing forgets it with the page. */

/** The text of that name, if there is one. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Returns whether it was kept. */
export function store(name: string, text: string): boolean {
  try {
    localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}
