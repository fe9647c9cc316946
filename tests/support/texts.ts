/** Finds the sentences that a source file holds for people: its literals and templates, `{}` for what is filled in. */
import { parse } from "@babel/parser";

/** A sentence and where it stands. */
export type Found = { readonly text: string; readonly line: number };

type Node =
  & { readonly type: string; readonly loc?: { readonly start: { readonly line: number } } }
  & Record<string, unknown>;

/** Errors whose message a user is shown. */
const ERRORS = /^(Command|Config|Store|NoService|Stale|Usage|Exchange|Gone)Error$/;

/** Calls whose arguments are for logs and for programs. */
const SILENT = /^(log|logger|console|roomLogger|import)$/;

/** Every sentence of a file; with `errorsOnly` those alone that an error for users is made of. */
export function findTexts(source: string, errorsOnly = false): Found[] {
  const found: Found[] = [];
  const visit = (node: Node, isForPeople: boolean) => {
    if (isSilent(node)) return;
    const isShown = isForPeople || (node.type === "NewExpression" && ERRORS.test(nameOf(node.callee)));
    const text = isShown ? textOf(node) : undefined;
    if (text !== undefined && isSentence(text)) found.push({ text, line: node.loc?.start.line ?? 0 });
    const isPlain = text !== undefined && node.type !== "TemplateLiteral" && node.type !== "BinaryExpression";
    if (isPlain) return;
    for (const child of children(node)) {
      // The pieces of a text that was taken as a whole.
      if (text !== undefined && (textOf(child) !== undefined || child.type === "TemplateElement")) {
        for (const inner of expressions(child)) visit(inner, isShown);
      } else visit(child, isShown);
    }
  };
  visit(parse(source, { sourceType: "module", plugins: ["typescript"] }) as unknown as Node, !errorsOnly);
  return found;
}

function isSilent(node: Node): boolean {
  if (
    /^(Import|TS|ExportAll)/.test(node.type) && node.type !== "TSAsExpression" &&
    node.type !== "TSSatisfiesExpression"
  ) return true;
  return node.type === "CallExpression" && SILENT.test(nameOf(node.callee));
}

/** `log` of `log.warn`, `CommandError` of itself. */
function nameOf(callee: unknown): string {
  const { type, name, object } = (callee ?? {}) as Node;
  return type === "MemberExpression" ? nameOf(object) : typeof name === "string" ? name : "";
}

/** The text of a literal, a template, or several of them joined by `+`. */
function textOf(node: Node): string | undefined {
  if (node.type === "StringLiteral") return node.value as string;
  if (node.type === "TemplateLiteral") {
    return (node.quasis as { value: { cooked?: string } }[]).map(({ value }) => value.cooked ?? "").join(
      "{}",
    );
  }
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const parts = [node.left, node.right].map((side) => textOf(side as Node));
  return parts.includes(undefined) ? undefined : parts.join("");
}

/** What is filled into a text. */
function expressions(node: Node): Node[] {
  if (node.type === "TemplateLiteral") return node.expressions as Node[];
  return node.type === "BinaryExpression"
    ? [node.left, node.right].flatMap((side) => expressions(side as Node))
    : [];
}

function children(node: Node): Node[] {
  return Object.entries(node).filter(([name]) =>
    name !== "loc" && name !== "errors" && name !== "comments" && name !== "tokens"
  )
    .flatMap(([, value]) => Array.isArray(value) ? value : [value])
    .filter((value): value is Node => typeof value === "object" && value !== null && "type" in value);
}

/** Words, not a name, a path, a command line or markup. */
function isSentence(text: string): boolean {
  const words = text.replaceAll("{}", " ").trim();
  if (/^(okws|redis-cli|curl|source|npx|systemctl|sudo|journalctl|launchctl|deno) /.test(words)) return false;
  return /[A-Za-z]{2,},? [A-Za-z]/.test(words) || /^[A-Z][a-z]+(: |:$| )/.test(words);
}
