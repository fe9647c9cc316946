/** `okws redis-acl`: accounts with the least rights for this configuration, as lines of a Redis ACL. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../../config/load.ts";
import { isCluster } from "../../shared/redis_url.ts";
import { renderAcl } from "../../store/redis/acl.ts";
import { findConfigFile } from "../shared/config_file.ts";
import { EXIT } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import type { Io } from "../terminal/io.ts";
import { translator } from "../i18n/translate.ts";

/** Returns the command, for the help and the parser. */
export function redisAclCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("redis-acl")
    .description(t("acl.about"))
    .option("-c, --config <file>", t("option.client_config"))
    .option("--cluster", t("acl.cluster"))
    .action(async ({ config, cluster }) => {
      const file = await findConfigFile(config, io);
      const { settings } = await loadConfig({ file, environment: io.environment, only: "settings" });
      const { KEY_PREFIX, LISTEN_CHANNEL, REDIS_INFO_KEY, OKWS_INFO, REDIS_URL } = settings;
      const lines = renderAcl({
        keyPrefix: KEY_PREFIX,
        listenChannel: LISTEN_CHANNEL,
        infoKey: REDIS_INFO_KEY,
        announceChannel: OKWS_INFO,
        clustered: cluster === true || isCluster(REDIS_URL),
      });
      for (const line of lines) io.print(line);
      io.note(t("acl.no_passwords"));
      io.note(t("acl.add_passwords"));
      if (LISTEN_CHANNEL.startsWith(`${KEY_PREFIX}/`)) {
        io.note(
          t("acl.listen_below_prefix"),
        );
      }
      exit(EXIT.done);
    });
  return addHelp(command, {
    about: "acl.help",
    examples: ["okws redis-acl -c okws.yaml", "okws redis-acl -c okws.yaml --cluster >> users.acl"],
    exits: { 0: "exit.done", 2: "exit.usage_or_config" },
  });
}
