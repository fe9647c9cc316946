/** The lines of what lies over the tables of a live view. Pure. */
import { cutText, fitText, widthOf } from "../text.ts";
import { wrapText } from "../wrap.ts";
import { type Grid, isHidden, nameColumn } from "./grid.ts";
import type { Paint } from "./style.ts";
import type { Overlay, Ui } from "./ui.ts";
import type { PlainKey, Translate } from "../../i18n/translate.ts";

/** A row in full; names and values are safe for a terminal already. */
export type Detail = {
  readonly title: string;
  readonly sections: readonly {
    readonly title: string;
    readonly fields: readonly (readonly [name: string, value: string])[];
  }[];
};

/** What the panel is drawn from. */
export type PanelSource = {
  readonly grids: readonly Grid[];
  readonly hasTabs: boolean;
  readonly detail?: ((key: string) => Detail | undefined) | undefined;
  readonly canUnsubscribe: boolean;
};

/** All lines, of which those from a first one on are shown, and what the keys do there. */
export type Panel = { readonly lines: readonly string[]; readonly at: number; readonly foot: PlainKey };

/** Values begin here at the latest. */
const MAX_NAME = 24;

/** Draws a panel for so many columns. */
export function renderPanel(
  overlay: Overlay,
  source: PanelSource,
  { columns, ui, paint, t }: {
    readonly columns: number;
    readonly ui: Ui;
    readonly paint: Paint;
    readonly t: Translate;
  },
): Panel {
  switch (overlay.kind) {
    case "help":
      return { lines: helpLines(source, columns, paint, t), at: overlay.top, foot: "live.close" };
    case "detail": {
      const detail = source.detail?.(overlay.key);
      const lines = detail === undefined
        ? [cutText(t("live.row_gone"), columns)]
        : detailLines(detail, columns, paint);
      const canDrop = source.canUnsubscribe && detail !== undefined;
      return { lines, at: overlay.top, foot: canDrop ? "live.close_or_unsubscribe" : "live.close" };
    }
    case "columns": {
      const lines = columnLines(source.grids, ui, { at: overlay.at, columns, paint });
      return { lines, at: Math.max(0, overlay.at - 2), foot: "live.choose_columns" };
    }
    case "confirm": {
      const { server, path } = overlay.target;
      const question = wrapText(t("live.confirm_unsubscribe", { server, path }), columns);
      return { lines: question.map((line) => paint("warn", line)), at: 0, foot: "live.yes_or_no" };
    }
  }
}

function helpLines(
  { hasTabs, detail, canUnsubscribe }: PanelSource,
  columns: number,
  paint: Paint,
  t: Translate,
): string[] {
  const keys: readonly (readonly [string, PlainKey] | false)[] = [
    ["↑ ↓ k j", "live.help_step"],
    ["PgUp/PgDn", "live.help_scroll"],
    ["g G", "live.help_ends"],
    detail !== undefined && ["Enter", "live.help_detail"],
    hasTabs && ["1-9 0 Tab", "live.help_tabs"],
    ["/", "live.help_filter"],
    ["s r", "live.help_sort"],
    ["c", "live.help_columns"],
    canUnsubscribe && ["u", "live.help_unsubscribe"],
    ["?", "live.help_help"],
    ["Esc", "live.help_escape"],
    ["q Ctrl-C", "live.help_quit"],
  ];
  return keys.filter((each) => each !== false).flatMap(([key, text]) =>
    fieldLines(key, t(text), 14, columns, paint)
  );
}

function detailLines({ title, sections }: Detail, columns: number, paint: Paint): string[] {
  return [
    paint("title", cutText(title, columns)),
    ...sections.flatMap(({ title, fields }) => {
      const width = Math.min(MAX_NAME, Math.max(0, ...fields.map(([name]) => widthOf(name))));
      const lines = fields.flatMap(([name, value]) => fieldLines(name, value, width, columns, paint));
      return ["", paint("dim", cutText(title, columns)), ...lines];
    }),
  ];
}

/** Returns a name and its value, which goes on below itself where it is long. */
function fieldLines(name: string, value: string, width: number, columns: number, paint: Paint): string[] {
  const most = Math.min(width, Math.floor(columns / 2));
  const values = wrapText(value, Math.max(1, columns - most - 2));
  return values.map((line, i) => {
    const start = paint("key", fitText(i === 0 ? name : "", most));
    return most + 2 >= columns ? start : `${start}  ${line}`.trimEnd();
  });
}

function columnLines(
  grids: readonly Grid[],
  ui: Ui,
  { at, columns, paint }: { readonly at: number; readonly columns: number; readonly paint: Paint },
): string[] {
  const all = grids.flatMap((grid) =>
    grid.columns.map((column, i) => ({
      isOn: !isHidden(grid, i, ui),
      text: nameColumn(grids.length > 1 ? grid : undefined, column),
    }))
  );
  return all.map(({ isOn, text }, i) => {
    const line = cutText(`${i === at ? "›" : " "} [${isOn ? "x" : " "}] ${text}`, columns);
    return i === at ? paint("key", line) : line;
  });
}
