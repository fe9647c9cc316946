/// <reference lib="dom" />
/** What a person may do here: add a path, end one, have the file read again. Without the right to it the page says why. */
import { type PageCommand, sendCommand } from "./command.ts";
import { find, make, setText } from "./dom.ts";
import type { Model, Path } from "./model.ts";
import { startSuggestions } from "./suggestions.ts";
import { say as translate, t } from "./texts.ts";

/** What others may do with the panel. */
export type CommandPanel = {
  draw(): void;
  /** Puts the cursor where a path is typed. */
  focus(): void;
  /** Asks, and then ends the subscription of a path. */
  unsubscribe(path: Path | undefined): void;
  reload(): void;
};

/** Called with a path that is subscribed now. */
type OnAdded = (server: string, path: string) => void;

/** Starts the panel. */
export function startCommandPanel(
  model: Model,
  { chosen, onAdded }: { readonly chosen: () => Path | undefined; readonly onAdded: OnAdded },
): CommandPanel {
  const form = find<HTMLFormElement>("add");
  const field = find<HTMLInputElement>("add-path");
  const servers = find<HTMLSelectElement>("add-server");
  const [submit, reloads, drops] = [
    find<HTMLButtonElement>("add-submit"),
    find<HTMLButtonElement>("reload"),
    find<HTMLButtonElement>("unsubscribe"),
  ];
  const [why, said] = [find("read-only"), find("said")];
  const dialog = find<HTMLDialogElement>("confirm");
  const suggestions = startSuggestions(model, { field, servers, chosen });
  let asked: Path | undefined;
  let isBusy = false;

  const may = (op: string) => model.tick?.commands.includes(op) === true;

  const run = async (command: PageCommand) => {
    if (isBusy) return undefined;
    isBusy = true;
    say([t("page.asking")], "");
    draw();
    const outcome = await sendCommand(command, t);
    const meant = command.op === "reload" ? [] : await suggestions.meant(command.name, outcome.refused);
    isBusy = false;
    say([...outcome.lines, ...meant], outcome.isDone ? "ok" : "bad");
    draw();
    return outcome;
  };

  const say = (lines: readonly string[], level: string) => {
    said.dataset.level = level;
    said.hidden = lines.length === 0;
    said.replaceChildren(...lines.map((line) => make("div", {}, translate(line))));
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [path, name] = [field.value.trim(), servers.value];
    if (path === "") return field.focus();
    const outcome = await run({ op: "subscribe", name, args: [path] });
    if (outcome?.isDone !== true) return field.select();
    field.value = "";
    for (const added of outcome.paths) onAdded(name, added);
  });
  const reload = () => {
    if (may("reload")) void run({ op: "reload" });
  };
  const unsubscribe = (path: Path | undefined) => {
    if (path === undefined || !may("unsubscribe") || dialog.open) return;
    asked = path;
    setText(find("confirm-what"), t("page.confirm_unsubscribe", { server: path.server, path: path.path }));
    dialog.showModal();
  };
  reloads.addEventListener("click", reload);
  drops.addEventListener("click", () => unsubscribe(chosen()));
  dialog.addEventListener("close", () => {
    // The event comes a moment after the answer: the next question may be there already.
    if (dialog.open) return;
    const path = asked;
    asked = undefined;
    if (dialog.returnValue !== "yes" || path === undefined) return;
    dialog.returnValue = "";
    void run({ op: "unsubscribe", name: path.server, args: [path.path] });
  });

  const draw = () => {
    const { tick } = model;
    form.hidden = !may("subscribe");
    reloads.hidden = !may("reload");
    drops.hidden = !may("unsubscribe");
    document.body.dataset.drops = String(may("unsubscribe"));
    for (const button of [submit, reloads]) button.disabled = isBusy;
    drops.disabled = isBusy || chosen() === undefined;
    why.hidden = tick === undefined || tick.commands.length > 0;
    setText(why, tick === undefined ? "" : t(tick.accounts ? "page.no_command" : "page.read_only"));
    const names = tick?.servers.map(({ name }) => name) ?? [];
    if ([...servers.options].map(({ value }) => value).join("\n") !== names.join("\n")) {
      const before = servers.value;
      servers.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
      if (names.includes(before)) servers.value = before;
    }
    servers.hidden = names.length < 2;
  };

  return {
    draw,
    focus: () => {
      if (!form.hidden) field.focus();
    },
    unsubscribe,
    reload,
  };
}
