/** What Redis itself counted, from INFO. */

export type RedisCounters = {
  readonly publishes: number;
  readonly commands: number;
  /** Received. */
  readonly bytes: number;
  readonly cpuSeconds: number;
};

export function parseCounters(info: string): RedisCounters {
  const number = (name: string) => Number(new RegExp(`^${name}[:=]([\\d.]+)`, "m").exec(info)?.[1] ?? 0);
  return {
    publishes: number("cmdstat_publish:calls"),
    commands: number("total_commands_processed"),
    bytes: number("total_net_input_bytes"),
    cpuSeconds: number("used_cpu_sys") + number("used_cpu_user"),
  };
}
