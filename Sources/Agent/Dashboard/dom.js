// SPDX-License-Identifier: Apache-2.0
// Elements, made without markup. Whatever comes from outside gets in as text.

/** An element. `on…` properties are listeners; the others are attributes, and false ones are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Page.Data | null} [properties] @param {...Page.Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  // A button in a form would send it.
  if (element instanceof HTMLButtonElement) element.type = 'button';
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value == null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) add(element, child);
  return element;
}

/** @param {Element} element @param {Page.Child} child */
function add(element, child) {
  if (child != null && child !== false) element.append(child instanceof Node ? child : String(child));
}

/** The element with this id, which stands in index.html.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no ${id}`);
  return element;
}

/** Changes a text if it is another one. A selection is left in peace.
 * @param {Node} node @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Replaces what is inside.
 * @param {Element} element @param {...Page.Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  for (const child of children) add(element, child);
}

const drawing = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {Page.Query} attributes @param {...SVGElement} children */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(drawing, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** Each state has a shape of its own, because not everybody tells colours apart. */
const shapes = /** @type {Page.Words} */ ({
  good: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z',
  moving: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zm0 2v9a4.5 4.5 0 0 1 0-9z',
  poor: 'M8 1.2 15.3 14.3H.7z',
  bad: 'M8 .8 15.2 8 8 15.2.8 8z',
  ended: 'm3.2 1.6 4.8 4.8 4.8-4.8 1.6 1.6-4.8 4.8 4.8 4.8-1.6 1.6-4.8-4.8-4.8 4.8-1.6-1.6 4.8-4.8-4.8-4.8z',
  plain: 'M3 7h10v2H3z',
});

/** The shape of a state, beside its word.
 * @param {string} tone
 */
export function shape(tone) {
  const path = svg('path', { d: shapes[tone] ?? shapes.plain, 'fill-rule': 'evenodd' });
  return svg('svg', { viewBox: '0 0 16 16', class: `shape ${tone}`, 'aria-hidden': 'true' }, path);
}

/** A word with the shape of its state.
 * @param {string} tone @param {string} word
 */
export function state(tone, word) {
  return h('span', { class: `state ${tone}` }, shape(tone), word);
}
