/** Text files that a person names: a configuration, certificates, passwords. Nothing of their content is in a message. */
import { MessageError } from "./errors.ts";
import { fileReason } from "./file_reason.ts";
import { message, type Text } from "./messages/message.ts";

/**
 * Returns the text of a file of at most `maxBytes`. Rejects with a MessageError that says what is the matter, for the person
 * who names the file before it.
 */
export async function readTextFile(file: string, maxBytes: number): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { size, isFile, isFifo } = await Deno.stat(file);
    if (!isFile && !isFifo) throw new MessageError(message("file.not_a_file"));
    if (size > maxBytes) throw new MessageError(message("file.too_large", { size: maxBytes }));
    bytes = await Deno.readFile(file);
  } catch (error) {
    throw new MessageError(reasonOf(error), { cause: error });
  }
  return decodeText(bytes);
}

/** Returns a text of one line, such as a password: the line breaks that editors and `echo` put behind it do not count. */
export async function readLine(file: string, maxBytes: number): Promise<string> {
  const line = withoutLineEnd(await readTextFile(file, maxBytes));
  if (line === "") throw new MessageError(message("file.empty"));
  if (/[\r\n]/.test(line)) throw new MessageError(message("file.too_many_lines"));
  return line;
}

/** Returns a text without the line breaks at its end. */
export function withoutLineEnd(text: string): string {
  return text.replace(/[\r\n]+$/, "");
}

/** Reads UTF-8, with or without its mark; throws a MessageError that says what the bytes are instead. */
function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0)) {
    throw new MessageError(message("file.not_text"));
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new MessageError(message("file.not_utf8", { line: lineOfFault(bytes) }));
  }
}

function lineOfFault(bytes: Uint8Array): number {
  const [whole = ""] = new TextDecoder().decode(bytes).split("\ufffd", 1);
  return whole.split("\n").length;
}

function reasonOf(error: unknown): Text {
  if (error instanceof MessageError) return error.text ?? error.message;
  return fileReason(error, "read");
}
