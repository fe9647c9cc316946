/** `okws redis-acl`: accounts with the least rights for this configuration, as lines of a Redis ACL. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../../config/load.ts";
import { isCluster } from "../../shared/redis_url.ts";
import { renderAcl } from "../../store/redis/acl.ts";
import { EXIT } from "../exit.ts";
import { teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";

/** The command, for the help and the parser. */
export function redisAclCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("redis-acl")
    .description("print Redis accounts with the least rights: writer, reader, commander")
    .option("-c, --config <file>", "read the settings from this configuration file")
    .option("--cluster", "for a Redis Cluster (goes without saying with a redis+cluster:// REDIS_URL)")
    .action(async ({ config, cluster }) => {
      const { settings } = await loadConfig({ file: config, environment: io.environment, only: "settings" });
      const { KEY_PREFIX, LISTEN_CHANNEL, REDIS_INFO_KEY, OKWS_INFO, REDIS_URL } = settings;
      const lines = renderAcl({
        keyPrefix: KEY_PREFIX,
        listenChannel: LISTEN_CHANNEL,
        infoKey: REDIS_INFO_KEY,
        announceChannel: OKWS_INFO,
        clustered: cluster === true || isCluster(REDIS_URL),
      });
      for (const line of lines) io.print(line);
      io.note("None of these has a password yet, so none can log in. Add one to each line as >password, or");
      io.note("say redis-cli ACL SETUSER okws-writer '>password'. They need Redis 7 or later.");
      if (LISTEN_CHANNEL.startsWith(`${KEY_PREFIX}/`)) {
        io.note(
          `LISTEN_CHANNEL lies under KEY_PREFIX: a reader hears commands too, with the keys in them. Move it.`,
        );
      }
      exit(EXIT.done);
    });
  return teach(command, {
    about:
      "okws-writer is for the service, okws-reader for get and watch, okws-commander for programs that also give " +
      "commands. The lines go into the ACL file of Redis (aclfile), or behind ACL SETUSER without their first word. " +
      "Deleting the cache (okws client clear) is none of their business.",
    examples: ["okws redis-acl -c okws.yaml", "okws redis-acl -c okws.yaml --cluster >> users.acl"],
    exits: { 0: "done", 2: "wrong usage or configuration" },
  });
}
