/** A certificate authority of the tests' own, made by `openssl`, with a certificate for the loopback. */

/** Paths of PEM files; disposing removes them. */
export type Certificates = AsyncDisposable & {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
};

/** Makes a certificate authority and a certificate for 127.0.0.1 and localhost, or for another name. */
export async function makeCertificates(
  names: string = "IP:127.0.0.1,DNS:localhost",
): Promise<Certificates> {
  const folder = await Deno.makeTempDir({ prefix: "okws-tls-" });
  const at = (name: string) => `${folder}/${name}`;
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await Deno.writeTextFile(at("extensions"), `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
  await openssl([
    ...["req", "-x509", ...ec, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2"],
    ...["-subj", "/CN=okws test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  ]);
  await openssl([
    ...["req", ...ec, "-keyout", at("server.key"), "-out", at("server.csr"), "-subj", "/CN=okws test"],
  ]);
  await openssl([
    ...["x509", "-req", "-in", at("server.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key")],
    ...["-CAcreateserial", "-out", at("server.pem"), "-days", "2", "-extfile", at("extensions")],
  ]);
  return {
    ca: at("ca.pem"),
    cert: at("server.pem"),
    key: at("server.key"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function openssl(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, stdout: "null", stderr: "piped" })
    .output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
