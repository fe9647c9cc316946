/** Questions to a person at a terminal, whose own line editing is used: Ctrl-C and backspace work as everywhere. */
import { noteColumns } from "./terminal.ts";
import { wrapLines } from "./wrap.ts";

/** Returns whether an answer is yes, in either language. */
export function isYes(answer: string): boolean {
  return /^(?:y|yes|是)$/i.test(answer.trim());
}

/** Wraps a question between words for a terminal; the blanks behind it stay before the answer. */
function wrapQuestion(question: string, columns: number): string {
  const [blanks = ""] = / *$/.exec(question) ?? [];
  return wrapLines(question.trimEnd(), columns - blanks.length).join("\n") + blanks;
}

/** Asks on stderr and reads a line of stdin; undefined at its end. Missing where either is no terminal. */
export function findPrompt(): ((question: string) => Promise<string | undefined>) | undefined {
  if (!Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) return undefined;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let rest = "";
  return async (question) => {
    await Deno.stderr.write(encoder.encode(wrapQuestion(question, noteColumns())));
    const buffer = new Uint8Array(4096);
    while (!rest.includes("\n")) {
      const read = await Deno.stdin.read(buffer);
      if (read === null) return undefined;
      rest += decoder.decode(buffer.subarray(0, read), { stream: true });
    }
    const line = rest.slice(0, rest.indexOf("\n"));
    rest = rest.slice(line.length + 1);
    return line.replace(/\r$/, "");
  };
}
