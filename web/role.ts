/** Whether the service behind the page is the one that writes, which shard it is, and which shards nobody is. Pure. */
import type { Tick } from "../src/http/feed.ts";
import { formatAge } from "./format.ts";
import type { t } from "./texts.ts";

/** What is shown of it; empty: nothing is to be said. */
export type RoleTexts = {
  /** As `active · shard 2/3`. */
  readonly role: string;
  /** The same in full: its term, how old its lease is, and who stands by. */
  readonly details: string;
  readonly missing: string;
  /** For the title of the page: what is not as it is while a service writes and all shards are there. */
  readonly trouble: string;
};

const ROLES = {
  active: "page.role_active",
  standby: "page.role_standby",
  waiting: "page.role_waiting",
  unprotected: "page.role_unprotected",
} as const;

/** Returns the texts; nothing where nothing is said of a lease. */
export function describeRole(
  { lease, shard, missingShards, standbys }: Pick<Tick, "lease" | "shard" | "missingShards" | "standbys">,
  translate: typeof t,
): RoleTexts {
  if (lease === null) return { role: "", details: "", missing: "", trouble: "" };
  const { role, epoch, ageMs } = lease;
  const name = translate(ROLES[role]);
  const missing = missingShards.length === 0
    ? ""
    : translate("page.shards_missing", { shards: missingShards.join(", ") });
  const details = [
    epoch === 0 ? "" : translate("page.epoch", { epoch }),
    ageMs === null ? "" : translate("page.lease_age", { time: formatAge(ageMs) }),
    standbys === 0 ? "" : translate("page.standbys", { count: standbys }),
  ];
  return {
    role: join([name, shard === null ? "" : translate("page.shard", { shard })]),
    details: join(details),
    missing,
    trouble: join([role === "active" ? "" : name, missing]),
  };
}

function join(texts: readonly string[]): string {
  return texts.filter(Boolean).join(" · ");
}
