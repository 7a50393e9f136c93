// Elements from data. Text is only ever set as text, so nothing that stands in a document becomes markup.

type Child = Node | string | null;

export function el(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

export const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/** A sentence where there is nothing to show. */
export const note = (text: string): HTMLElement => el("p", { class: "note" }, text);
