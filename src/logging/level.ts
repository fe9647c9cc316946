/** How much is logged: one level for everything, and others for single rooms, as in `info,session=debug,store=warn`. */

/** What may be asked for, the most talkative first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LevelName = typeof LOG_LEVELS[number];

/** The parts of okws that log under a name of their own. */
export const LOG_ROOMS = ["control", "http", "service", "session", "store", "system"] as const;

/** A room of the log: {@link LOG_LEVEL_PATTERN} takes every room that there is. */
export type LogRoom = typeof LOG_ROOMS[number];

/** Levels by room; a room that is not there has the base. */
export type Levels = { readonly base: LevelName; readonly rooms: Readonly<Record<string, LevelName>> };

const LEVEL = LOG_LEVELS.join("|");
const PART = `(?:${LEVEL}|(?:${LOG_ROOMS.join("|")})=(?:${LEVEL}))`;

/** What can be read; also for editors that check the file. */
export const LOG_LEVEL_PATTERN = new RegExp(`^${PART}(?: *, *${PART})*$`);

/** Reads what {@link LOG_LEVEL_PATTERN} takes. Of two about the same room, the later one counts. */
export function parseLevels(text: string): Levels {
  const rooms: Record<string, LevelName> = {};
  let base: LevelName = "info";
  for (const part of text.split(",")) {
    const [name = "", level] = part.trim().split("=");
    if (level === undefined) base = name as LevelName;
    else rooms[name] = level as LevelName;
  }
  return { base, rooms };
}

/** Returns the most talkative of all levels, below which nothing is logged anywhere. */
export function lowestOf({ base, rooms }: Levels): LevelName {
  const all = [base, ...Object.values(rooms)];
  return LOG_LEVELS.find((level) => all.includes(level)) ?? base;
}
