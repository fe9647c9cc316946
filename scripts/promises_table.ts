/**
 * The promises of README.md and docs/, and for each the test that holds it. A promise is named by its page and by
 * words of it that stand in no other; several tests may hold one. What only looks like one says why. The file is long
 * because it is one table, of which every promise of the documentation is a row.
 */

/** Tests as their file below tests/, a colon and a space, and their name; a check of `deno task referee` is the referee. */
type Entry =
  & { readonly page: string; readonly says: string }
  & ({ readonly tests: readonly string[] } | { readonly why: string });

const COMMAND_LINE = "docs/reference/command-line.md";
const CONFIGURATION = "docs/reference/configuration.md";
const FRESHNESS = "docs/reference/freshness.md";
const HTTP = "docs/reference/http.md";
const OUTAGES = "docs/reference/redis-outages.md";
const REDIS = "docs/reference/redis.md";
const SCOPE = "docs/reference/scope.md";
const ARCHITECTURE = "docs/architecture.md";
const MIGRATING = "docs/migrating.md";
const AVAILABILITY = "docs/high-availability.md";
const OPERATING = "docs/operating.md";

/** What the old package or a test tool does is no promise of okws. */
const OLD = "about the Python package of 2020";
const MOCK = "a fault that the simulated exchange is asked for";

/** In the order of the pages. */
export const PROMISES: readonly Entry[] = [
  {
    page: "README.md",
    says: "never both write, whatever hangs or is cut off",
    tests: [
      "system/executable/lease.test.ts: one that was stopped for long writes nothing after another has begun, and ends",
      "system/executable/lease.test.ts: one that was cut off for long writes nothing after another has begun, and ends",
      "integration/embedded_lease.test.ts: a second service in the embedded store of another ends at once, however it is started",
    ],
  },
  {
    page: AVAILABILITY,
    says: "it ends with exit code 1 and names the first",
    tests: [
      "system/executable/lease.test.ts: a second service ends with 1 and names the first, which goes on",
      "unit/store/redis/lease/lease.test.ts: a second one sees the first go on, and learns who it is",
    ],
  },
  {
    page: AVAILABILITY,
    says: "it is not refused, so that systemd restarts it as ever",
    tests: [
      "system/executable/lease.test.ts: one that was killed is replaced when its lease is over, not refused",
      "unit/store/redis/lease/lease.test.ts: the end of one without a word is waited for, and then the next term begins",
    ],
  },
  {
    page: AVAILABILITY,
    says: "the holder takes it again under the same epoch, within a third of",
    tests: [
      "unit/store/redis/lease/lease.test.ts: a key that is deleted is taken again under the same epoch, also before a newcomer",
      "unit/store/redis/lease/lease.test.ts: a newcomer that has seen the holder leaves it what is deleted then, alone or with all of Redis",
      "system/redis/lease.test.ts: a newcomer of the moment in which Redis is emptied ends with the name of the one that is at work",
      "integration/lease.test.ts: a lease that is deleted, with all of Redis or alone, is taken again under the same epoch",
    ],
  },
  {
    page: AVAILABILITY,
    says: "if it does not within 10 s, it is replaced as one that hangs",
    tests: [
      "system/executable/lease.test.ts: a service that is asked to hand over ends with 0, one that hangs is replaced",
      "unit/store/redis/lease/lease.test.ts: a holder is asked to hand over, and replaced where it does not",
    ],
  },
  {
    page: AVAILABILITY,
    says: "opened and closed | followed within a second",
    tests: [
      "integration/desired_state.test.ts: what a command subscribes is buffered by the one that stands by, and no row of it is missing",
      "integration/desired_state.test.ts: servers that commands open and close are opened and closed by the one that stands by",
    ],
  },
  {
    page: AVAILABILITY,
    says: "there are at most 16",
    tests: [
      "unit/shared/shard.test.ts: a shard is one of a number, or that of the number at the end of the host name",
    ],
  },
  {
    page: AVAILABILITY,
    says: "is the least of all shards, said by the first one within a second",
    tests: [
      "unit/app/shard_watch.test.ts: a shard whose lease is gone is there until its holder would have taken it again",
      "integration/shards.test.ts: three shards serve each path once, and take commands for each other",
    ],
  },
  {
    page: AVAILABILITY,
    says: "Shards of two numbers never write at the same time",
    tests: [
      "unit/store/redis/lease/lease_shards.test.ts: of two numbers that begin at the same moment never both have it",
      "unit/store/redis/lease/lease_shards.test.ts: one that was away while another number began writes nothing more, also when that has ended",
      "unit/store/redis/lease/lease_shards.test.ts: what was lost with all of Redis is left to its holder by one of another number that stands by",
      "unit/store/redis/lease/lease_shards.test.ts: leases that are deleted while their epochs are known are left to holders of another number",
      "unit/store/redis/lease/lease_shards.test.ts: of two numbers that both have a lease one ends at its next look, and one that gives way ends nobody",
      "system/executable/shards.test.ts: a shard that is killed is replaced, another number takes over, and no trade is lost or doubled",
    ],
  },
  {
    page: CONFIGURATION,
    says: "is never replaced by it",
    tests: ["integration/find_redis.test.ts: a Redis that was named is never replaced by the embedded store"],
  },
  {
    page: OUTAGES,
    says: "cannot be compared with what was written",
    tests: [
      "integration/reading_rights.test.ts: a service that may not read what it has written is not ready and says which right it lacks",
    ],
  },
  {
    page: OUTAGES,
    says: "it moves within a second of the election",
    tests: [
      "system/redis/sentinels.test.ts: a planned fail-over is followed at once, and what the old master went on taking is in the new one",
      "system/redis/sentinels.test.ts: a silent master and a silent sentinel hold up neither the service nor its clients",
    ],
  },
  {
    page: OUTAGES,
    says: "are kept for that and added again under their ids",
    tests: [
      "integration/lost_tail.test.ts: what a Redis had taken and lacks when it is back is added again, in order and once",
      "integration/older_after_restart.test.ts: a Redis that comes back older after a restart of okws: what is gone is recorded",
      "unit/app/recovery.test.ts: what is lacking and forgotten is recorded from the last entry that is there",
    ],
  },
  {
    page: COMMAND_LINE,
    says: "never over a file that is there",
    tests: ["system/executable/init.test.ts: init never replaces a file unless it is told to"],
  },
  {
    page: REDIS,
    says: "one entry per row, at most `MAX_ROW`",
    tests: [
      "contract/store.ts: what was projected and applied is read back as it was sent, and no more than is kept",
    ],
  },
  {
    page: REDIS,
    says: "never one with a login",
    tests: ["integration/commands.test.ts: a secret given to open is in no key, no message and no log"],
  },
  {
    page: REDIS,
    says: "writes all of it again within seconds",
    tests: [
      "system/redis/restore.test.ts: an emptied Redis gets everything again that it should hold, statuses first",
      "integration/damage.test.ts: whatever happens to what is kept, it is as it was within seconds",
    ],
  },
  {
    page: REDIS,
    says: "never pass through a float",
    tests: [
      "unit/okx/exact_json.test.ts: a row keeps the text of its numbers in its fields, its members and its message",
    ],
  },
  {
    page: REDIS,
    says: "is written again within 10 s, but for single levels",
    tests: [
      "integration/damage.test.ts: whatever happens to what is kept, it is as it was within seconds",
      "integration/damage.test.ts: of a series that is gone it is recorded what it had",
    ],
  },
  {
    page: OUTAGES,
    says: "which are as they were within seconds",
    tests: [
      "integration/ended_rows.test.ts: an order that is over and is put back to an older copy says its end again, one that was deleted stays away",
      "unit/store/layout/ended_rows.test.ts: the newest hundred orders that are over are remembered, with their places in the index",
    ],
  },
  {
    page: OUTAGES,
    says: "What Redis has lost of them is added again within 10 s",
    tests: [
      "unit/app/record_presence.test.ts: records that are gone are added again, under their ids where the stream is empty, and once",
      "integration/damage.test.ts: of a series that is gone it is recorded what it had",
    ],
  },
  {
    page: OUTAGES,
    says: "is replaced by another one with its newest 10,000 entries",
    tests: [
      "contract/store_writes.ts: apply() replaces a stream whose last id is the greatest, with what it had, and not again at once",
      "system/outages/lost_rows.test.ts: rows that go from a series are fetched again, or recorded",
    ],
  },
  {
    page: REDIS,
    says: "within seconds the service that writes does as if a command had asked for it",
    tests: [
      "integration/desired_state.test.ts: what others put there or take away counts, and what cannot be had is removed",
    ],
  },
  {
    page: REDIS,
    says: "and so is a field that is removed within seconds of a command",
    tests: [
      "unit/control/versioned_hash.test.ts: a field is taken away by others where all was seen since the last change, else it was lost before",
      "integration/desired_state.test.ts: what Redis has lost counts as no command: it is written again, and stays desired",
    ],
  },
  { page: REDIS, says: "= never", why: "what a zero means" },
  {
    page: FRESHNESS,
    says: "Where no snapshot comes within 3 s",
    tests: [
      "integration/books.test.ts: a book without a snapshot is built from a REST seed and what came meanwhile",
    ],
  },
  {
    page: FRESHNESS,
    says: "never makes a row fresh",
    tests: [
      "unit/store/read/freshness.test.ts: assertFresh() does not take the word of another instrument's subscription",
    ],
  },
  {
    page: FRESHNESS,
    says: "`P/status` is gone within 30 seconds",
    tests: [
      "integration/service.test.ts: a status expires unless it is said again, and that of the end does not",
    ],
  },
  {
    page: FRESHNESS,
    says: "without an answer within 10 s it drops the connection",
    tests: [
      "integration/lifecycle.test.ts: silence is answered with a ping, and a ping without an answer with a new connection",
      "unit/session/connection/heartbeat.test.ts: createHeartbeat() calls a connection stale when a ping stays unanswered",
    ],
  },
  {
    page: FRESHNESS,
    says: "are live with their first whole snapshot",
    tests: [
      "integration/account_lists.test.ts: a balance_and_position snapshot in parts replaces what was there before, after a reconnect",
      "integration/account_lists.test.ts: positions that nobody pushes are asked for",
      "unit/session/recovery/snapshot_pages.test.ts: a snapshot in pages is whole with its last one, when none before it is missing",
    ],
  },
  {
    page: FRESHNESS,
    says: "An older row never changes a newer one",
    tests: [
      "unit/okx/row_lifecycle.test.ts: an older row is not taken, and what is over does not open again, in every channel that opens and closes",
      "unit/store/layout/projector_lives.test.ts: a late row neither opens an order again nor is reported",
    ],
  },
  {
    page: HTTP,
    says: "At most 48 streams are open at once",
    tests: [
      "integration/http_live.test.ts: there are only so many streams, and a stop ends them at once",
      "unit/http/streams.test.ts: a reader that does not read is cut off, the others go on",
    ],
  },
  {
    page: OUTAGES,
    says: "Each kind of refusal is one line in the log",
    tests: [
      "unit/logging/log.test.ts: sparseWarning() says a message once in a while, and how many were left out",
    ],
  },
  {
    page: SCOPE,
    says: "40 s after the new one is there at the latest",
    tests: [
      "unit/session/handover/row_merge.test.ts: finish() brings the books that never met, and nothing of the old connection is passed on after it",
    ],
  },
  {
    page: ARCHITECTURE,
    says: "Above 4,000 waiting events receiving waits",
    tests: [
      "unit/store/write/waiting_writes.test.ts: receiving waits where nearly a batch waits, until it is taken",
      "unit/store/write/waiting_writes.test.ts: receiving waits for a moment only where batches make no room, and not again before the next one",
    ],
  },
  {
    page: ARCHITECTURE,
    says: "A stream that can never take an entry again is replaced",
    tests: [
      "contract/store_writes.ts: apply() replaces a stream whose last id is the greatest, with what it had, and not again at once",
    ],
  },
  {
    page: ARCHITECTURE,
    says: "a status never overtakes the rows",
    tests: [
      "unit/store/layout/projector_states.test.ts: the state of a lost subscription is written before the data of the next connection",
      "integration/lifecycle.test.ts: the statuses of a server come in order, on the status and the event channel",
    ],
  },
  {
    page: ARCHITECTURE,
    says: "within the event that brought it",
    why: "where the code runs, not how long it takes",
  },
  {
    page: ARCHITECTURE,
    says: "It never throws.",
    tests: [
      "unit/okx/v5.test.ts: decodeV5() never throws, whatever text or JSON comes",
      "unit/okx/v3/wire.test.ts: decodeV3() never throws or rejects, whatever the bytes",
    ],
  },
  {
    page: ARCHITECTURE,
    says: "within the hourly budget",
    tests: [
      "unit/session/subscriptions/subscriptions.test.ts: Subscriptions asks for few alone in one turn: each request costs one of the hourly budget",
      "unit/shared/async/budget.test.ts: createBudget() has room for no more than its count within any window",
    ],
  },
  {
    page: ARCHITECTURE,
    says: "with fewer than 30 deep books each",
    tests: [
      "integration/cold_start.test.ts: deep books are spread over connections of 30, and all become whole",
    ],
  },
  {
    page: ARCHITECTURE,
    says: "the batcher writes what waits, for 3 s at most",
    tests: [
      "system/redis/outage.test.ts: a stop while Redis is away ends in time",
      "unit/store/write/batcher.test.ts: run() gives up at its deadline when Redis stays away, and counts what is lost",
    ],
  },
  {
    page: COMMAND_LINE,
    says: "what came longest ago, or never, first",
    tests: [
      "unit/cli/top/mod.test.ts: figuresOf() puts what never came and what came longest ago first, and counts states",
    ],
  },
  {
    page: COMMAND_LINE,
    says: "never obeyed, wherever a row is printed",
    tests: [
      "unit/cli/terminal/text.test.ts: safeText() leaves nothing that a terminal would act on, in any text",
      "unit/cli/watch/view.test.ts: whatever the exchange sends, no control character and no line too wide reaches the terminal",
    ],
  },
  {
    page: COMMAND_LINE,
    says: "gives each part at most 8 seconds",
    tests: [
      "system/executable/doctor.test.ts: a server that takes connections and says nothing does not hold the doctor up",
      "unit/cli/doctor/mod.test.ts: examine() runs all at once, each within its deadline, and keeps their order",
    ],
  },
  {
    page: "docs/exchange.md",
    says: "a short page is never the last",
    tests: [
      "unit/session/recovery/backfill.test.ts: bars are filled when every closed one is there: a page that is clamped is not the last",
      "unit/session/recovery/open_lists.test.ts: the list is fetched until a page brings nothing new, signed, and delivered as a whole",
    ],
  },
  {
    page: "docs/exchange.md",
    says: "does not follow the one before it within 3 s is not whole",
    tests: [
      "unit/session/connection/row_check.test.ts: pages of a snapshot belong together when they follow each other soon, and a late one is missing",
      "system/hostile/snapshot_pages.test.ts: positions are asked for when the last page of a snapshot does not come",
    ],
  },
  {
    page: "docs/exchange.md",
    says: "an older push never changes a newer state",
    tests: [
      "unit/okx/row_lifecycle.test.ts: an older row is not taken, and what is over does not open again, in every channel that opens and closes",
    ],
  },
  {
    page: "docs/faults.md",
    says: "no answer within 5000 ms",
    why: "the text of a log line in a measurement",
  },
  { page: "docs/faults.md", says: "where it never ends by itself", why: "about a fault" },
  {
    page: "docs/faults.md",
    says: "the row is what the exchange sent last, within a second",
    tests: ["referee/checks/rows.ts: the referee", "referee/checks/books.ts: the referee"],
  },
  {
    page: "docs/faults.md",
    says: "is in Redis exactly once and as it was sent",
    tests: ["referee/checks/series.ts: the referee"],
  },
  {
    page: "docs/faults.md",
    says: "The service never ends by itself",
    tests: [
      "referee/checks/states.ts: the referee",
      "unit/referee/judge.test.ts: a secret is found as it is, percent-coded and in Base64, and is not printed again",
    ],
  },
  {
    page: "docs/faults.md",
    says: "not within the ten seconds that okws has to notice",
    tests: ["unit/referee/judge.test.ts: the judge gives ten seconds after Redis was interfered with"],
  },
  {
    page: "docs/faults.md",
    says: "at most every 30 s",
    tests: [
      "unit/system/memory.test.ts: while trouble goes on nothing is collected, and between two collections half a minute passes",
      "unit/system/memory.test.ts: after a collection that took long the next one waits for an hour",
    ],
  },
  {
    page: "docs/limits.md",
    says: "at most every ten seconds for each kind",
    tests: [
      "unit/logging/log.test.ts: sparseWarning() says a message once in a while, and how many were left out",
    ],
  },
  {
    page: "docs/limits.md",
    says: "requests of one path that is subscribed and unsubscribed again and again",
    tests: [
      "unit/session/subscriptions/request_pace.test.ts: an hour of changing one path leaves most of the requests to others",
    ],
  },
  {
    page: "docs/limits.md",
    says: "rows compared with Redis at one look",
    why: "a figure of the file that the row names",
  },
  { page: MIGRATING, says: "where there never was anything", why: OLD },
  {
    page: MIGRATING,
    says: "and never repeats it",
    tests: [
      "unit/control/command.test.ts: parseCommand() never throws and never echoes what it could not read",
      "unit/control/control.test.ts: runControl() shows no secret in a reply or in a log",
    ],
  },
  { page: MIGRATING, says: "the old package never filled them", why: OLD },
  { page: MIGRATING, says: "Trades, orders and algo orders were never stored", why: OLD },
  { page: MIGRATING, says: "Books, positions and whatever has a list in it were never stored", why: OLD },
  { page: MIGRATING, says: "`MAX_ROW` is never read", why: OLD },
  { page: MIGRATING, says: "is never reset", why: OLD },
  { page: MIGRATING, says: "its answer is never looked for", why: OLD },
  { page: "docs/mock.md", says: "answers to requests never come", why: MOCK },
  { page: "docs/mock.md", says: "their snapshot never comes", why: MOCK },
  { page: "docs/mock.md", says: "is never pushed", why: MOCK },
  { page: "docs/mock.md", says: "pages of REST have at most COUNT rows", why: MOCK },
  { page: OPERATING, says: "`appendfsync always`", why: "a setting of Redis" },
  {
    page: OPERATING,
    says: "Lines that could come in floods come at most every ten seconds",
    tests: [
      "unit/logging/log.test.ts: sparseWarning() says a message once in a while, and how many were left out",
    ],
  },
  {
    page: OPERATING,
    says: "The current state is back within seconds",
    tests: [
      "system/redis/restore.test.ts: an emptied Redis gets everything again that it should hold, statuses first",
    ],
  },
  {
    page: OPERATING,
    says: "written again within seconds while okws runs; a single field",
    tests: [
      "integration/damage.test.ts: whatever happens to what is kept, it is as it was within seconds",
      "integration/desired_state.test.ts: what others put there or take away counts, and what cannot be had is removed",
    ],
  },
  {
    page: OPERATING,
    says: "written again within ten seconds",
    tests: ["integration/damage.test.ts: whatever happens to what is kept, it is as it was within seconds"],
  },
  {
    page: "docs/recipes.md",
    says: "`P/status` is gone within 30 seconds",
    tests: [
      "integration/service.test.ts: a status expires unless it is said again, and that of the end does not",
    ],
  },
  {
    page: "docs/recipes.md",
    says: "so the two always belong together",
    tests: [
      "contract/store.ts: what was projected and applied is read back as it was sent, and no more than is kept",
    ],
  },
  {
    page: "docs/recipes.md",
    says: "a program that comes back within that many rows",
    tests: [
      "contract/store.ts: what was projected and applied is read back as it was sent, and no more than is kept",
    ],
  },
  {
    page: AVAILABILITY,
    says: "within 7 s after the okws that wrote was killed the other one wrote",
    why: "what was tried by hand; system/executable/standby.test.ts holds it of okws itself",
  },
  {
    page: "docs/service.md",
    says: "is ever replaced or removed; the configuration is never touched",
    tests: [
      "system/executable/service_install.test.ts: a file that okws did not write is neither replaced nor removed",
    ],
  },
  {
    page: "docs/service.md",
    says: "never in its environment",
    tests: [
      "system/executable/service_install.test.ts: credentials are checked, handed over, and never shown",
    ],
  },
  {
    page: "docs/service.md",
    says: "Native libraries are never loaded",
    tests: [
      "unit/cli/terminal/permissions.test.ts: the executable is granted what docs/service.md says and nothing else",
    ],
  },
  {
    page: "docs/service.md",
    says: "A program is never run with `LD_` or `DYLD_` variables",
    tests: [
      "unit/cli/terminal/permissions.test.ts: childEnvironment() leaves out what would load other code into a program",
    ],
  },
  {
    page: "docs/service.md",
    says: "at most once a second",
    tests: ["integration/notify.test.ts: a manager on a path receives start, ready, status, reload and stop"],
  },
  {
    page: "docs/service.md",
    says: "it is never before the request that it answers",
    tests: [
      "system/executable/notify.test.ts: the service notifies its manager that it is ready, how it is, that it lives, and that it stops",
    ],
  },
];
