/// <reference lib="dom" />
/** Buttons that copy the chosen path, its key in Redis, and the command that reads it. */
import { find, setText } from "./dom.ts";
import type { Path } from "./model.ts";
import { t } from "./texts.ts";

const SHOWN_MS = 1500;

/** The texts by the ids of their buttons. */
export function copiesOf(
  { path, command }: Pick<Path, "path" | "command">,
): Readonly<Record<string, string>> {
  const key = /^(?:--scan --pattern|[A-Z]+) (?:'((?:[^']|'\\'')*)'|(\S+))/.exec(command);
  return {
    "copy-path": path,
    "copy-key": key?.[1]?.replaceAll("'\\''", "'") ?? key?.[2] ?? "",
    "copy-command": `redis-cli ${command}`,
  };
}

/** Starts the buttons; returns what copies the path. */
export function startCopies(chosen: () => Path | undefined): { draw(): void; copyPath(): void } {
  const ids = ["copy-path", "copy-key", "copy-command"] as const;
  const buttons = ids.map((id) => ({
    id,
    button: find<HTMLButtonElement>(id),
    name: find(id).textContent ?? "",
  }));
  const act = async ({ id, button, name }: (typeof buttons)[number]) => {
    const path = chosen();
    if (path === undefined) return;
    const done = await copy(copiesOf(path)[id] ?? "");
    setText(button, t(done ? "page.copied" : "page.not_copied"));
    setTimeout(() => setText(button, name), SHOWN_MS);
  };
  for (const each of buttons) each.button.addEventListener("click", () => void act(each));
  return {
    draw() {
      const path = chosen();
      for (const { id, button } of buttons) {
        button.disabled = path === undefined;
        button.title = path === undefined ? "" : copiesOf(path)[id] ?? "";
      }
    },
    copyPath: () => void act(buttons[0] as (typeof buttons)[number]),
  };
}

/** Returns whether the text is in the clipboard; without TLS other machines' pages have none, but an older way. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "aside";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
