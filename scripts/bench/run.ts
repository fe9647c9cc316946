/** What one run of the benchmark found, as `--json` prints it and as it is kept to be compared with. */
import { z } from "zod";

const micros = z.number().nonnegative();

/** Milliseconds from the exchange to a subscriber of Redis. */
const latencySchema = z.object({
  p50: z.number(),
  p99: z.number(),
  p999: z.number(),
  samples: z.number().int(),
});

const resultSchema = z.object({
  work: z.enum(["tickers", "books"]),
  /** Messages a second that were asked for. */
  offered: z.number(),
  tls: z.boolean(),
  /** As in `PROGRAMS`. */
  program: z.string(),
  /** Messages a second that the exchange sent, and that landed. */
  sent: z.number(),
  landed: z.number(),
  /** Of the program and of Redis, for each message that landed. */
  cpuMicros: micros,
  redisMicros: micros,
  commands: z.number(),
  /** Received by Redis for each message that landed. */
  bytes: z.number(),
  peakMb: z.number(),
  /** None where no message that carries its time came. */
  latencyMs: latencySchema.optional(),
  note: z.string(),
});

/** One HSET and two PUBLISH as long as those of a message, by redis-benchmark alone. */
const redisSchema = z.object({
  work: z.enum(["tickers", "books"]),
  /** Messages a second. */
  landed: z.number(),
  redisMicros: micros,
  note: z.string(),
});

const runSchema = z.object({
  format: z.literal(1),
  /** ISO 8601. */
  at: z.string(),
  okws: z.object({ version: z.string(), commit: z.string(), program: z.enum(["sources", "executable"]) }),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryGb: z.number(),
    kernel: z.string(),
    /** Processes that were ready to run in the minute before the first measurement, and in the last minute. */
    load: z.number(),
    loadAtEnd: z.number(),
    runtime: z.string(),
    redis: z.string(),
  }),
  settings: z.object({
    seconds: z.number(),
    warmUpSeconds: z.number(),
    tickers: z.number(),
    books: z.number(),
  }),
  /** Of the other programs, by name. */
  versions: z.record(z.string(), z.string()),
  results: z.array(resultSchema),
  redisBenchmark: z.array(redisSchema),
  /** What was not measured, and why. */
  skipped: z.array(z.object({ what: z.string(), reason: z.string() })),
});

export type Latency = z.infer<typeof latencySchema>;
export type Result = z.infer<typeof resultSchema>;
export type RedisResult = z.infer<typeof redisSchema>;
export type Run = z.infer<typeof runSchema>;
export type Work = Result["work"];
export type Skipped = Run["skipped"][number];

/** Reads a stored run. Throws SyntaxError that says what is wrong with it, for a person. */
export function parseRun(text: string): Run {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError("it is no JSON");
  }
  const { success, data, error } = runSchema.safeParse(value);
  if (success) return data;
  const issue = error.issues[0];
  throw new SyntaxError(`${issue?.path.join(".") || "it"}: ${issue?.message}`);
}

/** As it is kept in a file. */
export function formatRun(run: Run): string {
  const rounded = JSON.stringify(
    run,
    (_, value) =>
      typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
    2,
  );
  return `${rounded}\n`;
}
