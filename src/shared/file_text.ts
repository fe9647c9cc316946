/** Text files that a person names: a configuration, certificates, passwords. Nothing of their content is in a message. */

/**
 * The text of a file of at most `maxBytes`. Rejects with an Error that says what is the matter, for whoever names the
 * file before it.
 */
export async function readTextFile(file: string, maxBytes: number): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { size, isFile, isFifo } = await Deno.stat(file);
    if (!isFile && !isFifo) throw new Error("is not a file");
    if (size > maxBytes) throw new Error(`is larger than ${maxBytes} bytes`);
    bytes = await Deno.readFile(file);
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
  return decodeText(bytes);
}

/** A text of one line, such as a password: the line breaks that editors and `echo` put behind it do not count. */
export async function readLine(file: string, maxBytes: number): Promise<string> {
  const line = withoutLineEnd(await readTextFile(file, maxBytes));
  if (line === "") throw new Error("is empty");
  if (/[\r\n]/.test(line)) throw new Error("has more than one line");
  return line;
}

/** A text without the line breaks at its end. */
export function withoutLineEnd(text: string): string {
  return text.replace(/[\r\n]+$/, "");
}

/** Reads UTF-8, with or without its mark; throws an Error that says what the bytes are instead. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0)) {
    throw new Error("is UTF-16 or no text at all; save it as UTF-8");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`is not UTF-8 in line ${lineOfFault(bytes)}; save it as UTF-8`);
  }
}

function lineOfFault(bytes: Uint8Array): number {
  const [whole = ""] = new TextDecoder().decode(bytes).split("\ufffd", 1);
  return whole.split("\n").length;
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "this user may not read it";
  return error instanceof Error ? error.message : String(error);
}
