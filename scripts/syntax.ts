/**
 * What a source file reaches for and compares, by its syntax tree: globals under their own names however they are written
 * (`const { env } = Deno` is `Deno.env`), comparisons, and what it imports. Types are left out.
 */
import { parse } from "@babel/parser";

/** Something that code does, as a pattern can look for it, and its line. */
export type Found = { readonly name: string; readonly line: number };

type Node = {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number } };
  readonly [key: string]: unknown;
};

/** Globals that reach out of the program. */
const GLOBALS = new Set([
  ...["Deno", "Date", "performance", "Temporal", "console", "process", "globalThis"],
  ...["fetch", "EventSource", "WebSocket", "WebSocketStream", "Worker"],
]);

/** Other names of the object that has all globals. */
const ALL_GLOBALS = /^(?:(?:globalThis|self|window)\.)+/;

/** Ways around a value that change nothing of it. */
const WRAPPERS = new Set([
  ...["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression", "TSTypeAssertion"],
  ...["TSInstantiationExpression", "ParenthesizedExpression"],
]);

/** Nodes of TypeScript that hold code; all others are types. */
const WITH_CODE = new Set([
  ...WRAPPERS,
  ...["TSEnumDeclaration", "TSEnumBody", "TSEnumMember", "TSParameterProperty", "TSExportAssignment"],
]);

/**
 * Returns what the code of a file reaches for (`Deno.env.get`, `new Date()`, `import("node:fs")`) and compares
 * (`protocol === "v3"`, also for `!==` and `case`; `channel.startsWith("sprd-")`; `_` is what has no name).
 */
export function findUses(text: string): Found[] {
  const found: Found[] = [];
  visit(treeOf(text), [], (name, node) => found.push({ name, line: lineOf(node) }));
  return found;
}

/** What a file imports, as it is written there, and whether nothing but types of it. */
export type Import = { readonly path: string; readonly typeOnly: boolean; readonly line: number };

/** Returns what a file imports and passes on. */
export function findImports(text: string): Import[] {
  const declared = (treeOf(text).body as readonly Node[]).flatMap((node) =>
    /^(?:Import|Export)/.test(node.type) && isNode(node.source)
      ? [{ path: String(node.source.value), typeOnly: isTypeOnly(node), line: lineOf(node) }]
      : []
  );
  const loaded = findUses(text).flatMap(({ name, line }) => {
    const path = /^import\("(.*)"\)$/.exec(name)?.[1];
    return path === undefined ? [] : [{ path, typeOnly: false, line }];
  });
  return [...declared, ...loaded];
}

function isTypeOnly({ importKind, exportKind, specifiers = [] }: Node): boolean {
  if (importKind === "type" || exportKind === "type") return true;
  const kinds = (specifiers as readonly Node[]).map((each) => each.importKind ?? each.exportKind);
  return kinds.length > 0 && kinds.every((kind) => kind === "type");
}

type Scopes = readonly ReadonlySet<string>[];
type Report = (name: string, node: Node) => void;

function visit(node: Node, outer: Scopes, report: Report): void {
  if (node.type === "ImportDeclaration") return;
  if (node.type.startsWith("TS") && !WITH_CODE.has(node.type)) return;
  const names = declaredIn(node);
  const scopes = names.size === 0 ? outer : [...outer, names];
  const global = globalOf(node, scopes);
  if (global !== undefined) {
    if (GLOBALS.has(global.split(".")[0] as string)) report(global, node);
    return;
  }
  const taken = takenOut(node, scopes);
  for (const name of taken?.names ?? []) report(name, node);
  for (const name of callsAndComparisons(node, scopes)) report(name, node);
  for (const [key, value] of Object.entries(node)) {
    if (key === "key" && node.computed !== true) continue;
    if (key === "property" && node.computed !== true) continue;
    if (key === taken?.from) continue;
    // A type of a value, and a constructor whose use depends on what it is given.
    if (key === "right" && node.operator === "instanceof") continue;
    if (key === "callee" && node.type === "NewExpression" && globalOf(value as Node, scopes) === "Date") {
      continue;
    }
    for (const child of [value].flat()) if (isNode(child)) visit(child, scopes, report);
  }
}

/** Returns the name of a global, or of a member of one; undefined for anything else. */
function globalOf(node: Node, scopes: Scopes): string | undefined {
  const path = pathOf(node, scopes);
  const name = path?.replace(ALL_GLOBALS, "");
  return name === "self" || name === "window" ? "globalThis" : name;
}

function pathOf(node: Node, scopes: Scopes): string | undefined {
  if (WRAPPERS.has(node.type)) return pathOf(node.expression as Node, scopes);
  if (node.type === "Identifier") {
    const name = node.name as string;
    return scopes.some((names) => names.has(name)) ? undefined : name;
  }
  if (!/^(?:Optional)?MemberExpression$/.test(node.type)) return undefined;
  const object = pathOf(node.object as Node, scopes);
  const member = memberOf(node);
  return object === undefined || member === undefined ? undefined : `${object}.${member}`;
}

/** What a pattern takes out of a global: `const { now } = Date`, also as an assignment and a default. */
function takenOut(
  node: Node,
  scopes: Scopes,
): { readonly names: string[]; readonly from: string } | undefined {
  const [to, from] = node.type === "VariableDeclarator" ? ["id", "init"] : ["left", "right"];
  if (!/^(?:VariableDeclarator|AssignmentExpression|AssignmentPattern)$/.test(node.type)) return undefined;
  const [pattern, source] = [node[to as string], node[from as string]];
  if (!isNode(pattern) || pattern.type !== "ObjectPattern" || !isNode(source)) return undefined;
  const global = globalOf(source, scopes);
  if (global === undefined) return undefined;
  const names = membersOf(pattern).map((path) => `${global}.${path}`.replace(ALL_GLOBALS, ""));
  return { names: names.filter((name) => GLOBALS.has(name.split(".")[0] as string)), from: from as string };
}

/** The members that a pattern names, those of nested ones behind their own; `*` is all. */
function membersOf(pattern: Node): string[] {
  return (pattern.properties as readonly Node[]).flatMap((property) => {
    if (property.type !== "ObjectProperty") return ["*"];
    const key = property.key as Node;
    const name = key.type === "Identifier" && property.computed !== true
      ? String(key.name)
      : textOf(key) ?? "*";
    const value = property.value as Node;
    const inner = value.type === "AssignmentPattern" ? value.left as Node : value;
    return inner.type === "ObjectPattern" ? membersOf(inner).map((member) => `${name}.${member}`) : [name];
  });
}

function callsAndComparisons(node: Node, scopes: Scopes): string[] {
  const [left, right, callee] = [node.left, node.right, node.callee] as Node[];
  switch (node.type) {
    case "NewExpression":
      return globalOf(callee as Node, scopes) === "Date" && (node.arguments as unknown[]).length === 0
        ? ["new Date()"]
        : [];
    case "ImportExpression":
      return [importOf(node.source as Node)];
    case "BinaryExpression":
      return /^[=!]==?$/.test(node.operator as string)
        ? [`${leafOf(left as Node)} === ${leafOf(right as Node)}`]
        : [];
    case "SwitchStatement":
      return (node.cases as readonly Node[]).flatMap(({ test }) =>
        isNode(test) ? [`${leafOf(node.discriminant as Node)} === ${leafOf(test)}`] : []
      );
    case "OptionalMemberExpression":
      return node.optional === true ? [`${leafOf(node.object as Node)}?.`] : [];
    case "OptionalCallExpression":
      return node.optional === true ? [`${leafOf(callee as Node)}?.`] : [];
    case "CallExpression": {
      if (callee?.type === "Import") return [importOf((node.arguments as Node[])[0] as Node)];
      const [first] = node.arguments as readonly Node[];
      return callee?.type === "MemberExpression" &&
          /^(?:starts|ends)With$|^includes$/.test(memberOf(callee) ?? "")
        ? [
          `${leafOf(callee.object as Node)}.${memberOf(callee)}(${first === undefined ? "" : leafOf(first)})`,
        ]
        : [];
    }
    default:
      return [];
  }
}

/** A module whose name is not written there is `import(_)`. */
function importOf(source: Node): string {
  const path = textOf(source);
  return `import(${path === undefined ? "_" : JSON.stringify(path)})`;
}

/** The last name of a value, or its text in quotes. */
function leafOf(node: Node): string {
  if (WRAPPERS.has(node.type)) return leafOf(node.expression as Node);
  const text = textOf(node);
  if (text !== undefined) return JSON.stringify(text);
  if (node.type === "Identifier") return String(node.name);
  return /MemberExpression$/.test(node.type) ? memberOf(node) ?? "_" : "_";
}

function memberOf({ property, computed }: Node): string | undefined {
  if (computed === true) return textOf(property as Node);
  const { type, name, id } = property as Node;
  return type === "PrivateName" ? String((id as Node).name) : String(name);
}

function textOf(node: Node): string | undefined {
  if (node.type === "StringLiteral") return node.value as string;
  if (node.type !== "TemplateLiteral" || (node.expressions as unknown[]).length > 0) return undefined;
  return (node.quasis as { value: { cooked?: string } }[])[0]?.value.cooked;
}

/** The names that a node declares for what is in it. */
function declaredIn(node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  if (Array.isArray(node.params)) { for (const param of node.params as Node[]) addNames(param, names); }
  if (/^(?:Function|Class)Expression$/.test(node.type) && isNode(node.id)) addNames(node.id, names);
  if (/^For/.test(node.type)) {
    for (const each of [node.init, node.left]) if (isNode(each)) addDeclared(each, names);
  }
  if (node.type === "CatchClause" && isNode(node.param)) addNames(node.param, names);
  const body = node.type === "SwitchStatement"
    ? (node.cases as readonly Node[]).flatMap(({ consequent }) => consequent as Node[])
    : Array.isArray(node.body) && node.type !== "ClassBody"
    ? node.body as Node[]
    : [];
  for (const statement of body) addDeclared(statement, names);
  return names;
}

function addDeclared(statement: Node, names: Set<string>): void {
  if (statement.type === "VariableDeclaration") {
    for (const { id } of statement.declarations as readonly Node[]) addNames(id as Node, names);
  } else if (statement.type === "ImportDeclaration") {
    for (const { local } of statement.specifiers as readonly Node[]) addNames(local as Node, names);
  } else if (/^Export/.test(statement.type)) {
    if (isNode(statement.declaration)) addDeclared(statement.declaration, names);
  } else if (/^(?:Function|Class|TSEnum)Declaration$/.test(statement.type) && isNode(statement.id)) {
    addNames(statement.id, names);
  }
}

/** Adds the names that a pattern binds. */
function addNames(pattern: Node, names: Set<string>): void {
  if (pattern.type === "Identifier") names.add(pattern.name as string);
  for (const key of ["properties", "elements", "value", "left", "argument", "parameter"]) {
    for (const part of [pattern[key]].flat()) if (isNode(part)) addNames(part, names);
  }
}

function treeOf(text: string): Node {
  return parse(text, { sourceType: "module", plugins: ["typescript", "decorators"] })
    .program as unknown as Node;
}

function lineOf({ loc }: Node): number {
  return loc?.start.line ?? 0;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}
