/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Making and finding elements. Whatever the service says is put in as text, never as markup: much of it comes from an
 * exchange or from a stranger's subscription.
 */

/** Attributes of {@link make}; `class` and `data-…` included. */
export type Attributes = Readonly<Record<string, string>>;

/** An element with attributes and children; texts become text. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The element of that id, which index.html has. */
export function find<Type extends HTMLElement = HTMLElement>(id: string): Type {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`There is no #${id}`);
  return element as Type;
}

/** Changes a text only where it differs, so that nothing is laid out again in vain. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Changes an attribute only where it differs. */
export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Exactly `count` children, made or removed at the end. */
export function resize(parent: Element, count: number, create: () => Element): void {
  while (parent.childElementCount > count) parent.lastElementChild?.remove();
  while (parent.childElementCount < count) parent.append(create());
}
