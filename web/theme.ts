/// <reference lib="dom" />
/** Light or dark: what the system says, or what the person chose here. */
import { find, setAttribute, setText } from "./dom.ts";
import { readStored, store } from "./stored.ts";
import { t } from "./texts.ts";

const THEMES = ["system", "light", "dark"] as const;
type Theme = typeof THEMES[number];

const SIGNS: Readonly<Record<Theme, string>> = { system: "◐", light: "☀", dark: "☾" };
const NAMES = { system: "page.theme_system", light: "page.theme_light", dark: "page.theme_dark" } as const;
const STORED = "okws-theme";

/** Puts the chosen theme in place; returns what switches to the next one. `onChange` is called at every change. */
export function startTheme(onChange: () => void): () => void {
  const button = find("theme");
  const show = (theme: Theme) => {
    if (theme === "system") document.documentElement.removeAttribute("data-theme");
    else setAttribute(document.documentElement, "data-theme", theme);
    setText(button, SIGNS[theme]);
    setAttribute(button, "aria-label", t("page.theme", { theme: t(NAMES[theme]) }));
  };
  let theme = stored();
  const next = () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
    store(STORED, theme);
    show(theme);
    onChange();
  };
  show(theme);
  button.addEventListener("click", next);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);
  return next;
}

function stored(): Theme {
  return THEMES.find((each) => each === readStored(STORED)) ?? "system";
}

/** A colour of the style sheet as it is now, for what draws by itself: `color("--up")`. */
export function color(name: string): string {
  const probe = find("probe");
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}
