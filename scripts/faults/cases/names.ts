/** Servers that cannot be reached by name or trusted by certificate: the others go on, and a reload repairs them. */
import type { FaultCase, Run } from "../case.ts";
import { runChild } from "../../../tests/support/child.ts";
import type { ServerEntry } from "../environment.ts";
import { waitFor } from "../../../tests/support/wait.ts";

const OTHER = "other";
const CHANNELS = ["tickers:ETH-USDT"];

export const NAME_CASES: readonly FaultCase[] = [
  {
    name: "dns",
    title: "DNS failure of one of two servers, its name repaired by reload",
    announced: [/^log Cannot connect$/, /^readyz other .* is wanted: .+$/],
    strike: (run) => breakOther(run, "ws://nowhere.invalid:8443"),
  },
  {
    name: "tls",
    title: "TLS failure of one of two servers (certificate of nobody), repaired by reload",
    announced: [/^log Cannot connect$/, /^readyz other .* is wanted: .+$/],
    async strike(run) {
      const { key, cert } = await selfSigned(run.environment.folder);
      const ending = new AbortController();
      const options = {
        hostname: "127.0.0.1",
        port: 0,
        key,
        cert,
        signal: ending.signal,
        onListen: () => {},
      };
      const server = Deno.serve(options, () => new Response("nothing"));
      try {
        await breakOther(run, `wss://127.0.0.1:${server.addr.port}`);
      } finally {
        ending.abort();
        await server.finished;
      }
    },
  },
];

/** Adds a server that cannot work, sees that it says so and disturbs nobody, and repairs it. */
async function breakOther(run: Run, endpoint: string): Promise<void> {
  const { environment, seen, flows, lifted, fault, note } = run;
  await reload(run, [{ name: OTHER, endpoint, channels: CHANNELS }]);
  await seen(/^log Cannot connect$/);
  await seen(/^readyz other .* is wanted: .+$/);
  await flows();
  const disturbed = environment.observer.signs.filter(({ text }) => /^(status|subs) /.test(text));
  if (disturbed.length > 0) {
    fault(`the other server was disturbed: ${disturbed.map(({ text }) => text).join(", ")}`);
  }
  await reload(run, [{
    name: OTHER,
    endpoint: `ws://127.0.0.1:${environment.exchange.port}`,
    channels: CHANNELS,
  }]);
  lifted();
  const start = Date.now();
  await waitFor(
    "a row of the repaired server",
    () => environment.redis.client.exists(`okex/${OTHER}/${CHANNELS[0]}`),
    { deadlineMs: 40_000, everyMs: 50 },
  );
  note(`first row of the repaired server after ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

async function reload({ environment, fault }: Run, servers: readonly ServerEntry[]): Promise<void> {
  await environment.configure({ servers });
  const { code, stderr } = await environment.client("reload");
  if (code !== 0) fault(`okws client reload: exit code ${code}: ${stderr.trim()}`);
}

async function selfSigned(folder: string): Promise<{ key: string; cert: string }> {
  const [keyFile, certFile] = [`${folder}/key.pem`, `${folder}/cert.pem`];
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"];
  const { code, stderr } = await runChild("openssl", [...args, "-keyout", keyFile, "-out", certFile]);
  if (code !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { key: await Deno.readTextFile(keyFile), cert: await Deno.readTextFile(certFile) };
}
