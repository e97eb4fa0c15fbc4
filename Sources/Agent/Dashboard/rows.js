// SPDX-License-Identifier: Apache-2.0
// A list of any length of which only the rows that can be seen are in the document. All rows have the same height, which
// style.css decides. The arrow keys, Page Up, Page Down, Home and End move from row to row.

import { h } from './dom.js';

/** Rows beyond each edge. */
const spare = 4;

/** Rows below a head that stays. Each column has a class: a letter and its number.
 * @param {string} titleId of its title
 * @param {string[]} columns @param {string} letter @param {HTMLElement} rows
 */
export function tableOf(titleId, columns, letter, rows) {
  const head = h('div', { class: 'row row-head', role: 'row', 'aria-rowindex': 1 }, ...cellsOf(columns, letter, 'columnheader'));
  return h('div', { class: 'table', role: 'table', 'aria-labelledby': titleId }, h('div', { role: 'rowgroup' }, head), rows);
}

/** @param {string[]} columns @param {string} letter */
export function cellsOf(columns, letter, role = 'cell') {
  return columns.map((title, index) => h('span', { role, class: `${letter}${index}` }, role === 'cell' ? null : title));
}

/** @template Item */
export class Rows {
  /** @type {Item[]} */
  #items = [];
  /** @type {Map<string | number, HTMLElement>} rows in the document by their item's key */
  #rows = new Map();
  /** @type {HTMLElement[]} */
  #spares = [];
  #maker;
  #room = h('div', { class: 'rows-room', role: 'presentation' });
  element;
  /** The item that Tab comes to. */
  #active = /** @type {string | number | null} */ (null);
  #height = 0;
  #isDue = false;

  /** @param {Page.RowMaker<Item>} maker */
  constructor(maker) {
    this.#maker = maker;
    this.element = h('div', { class: 'rows', role: 'rowgroup', 'aria-label': maker.label });
    this.element.append(this.#room);
    this.element.addEventListener('scroll', () => this.#later(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#move(event));
    this.element.addEventListener('focusin', (event) => this.#note(event.target));
    this.element.addEventListener('click', (event) => {
      const target = /** @type {Element} */ (event.target);
      const key = target.closest('[data-key]')?.getAttribute('data-key');
      const item = this.#items.find((each) => String(maker.key(each)) === key);
      if (!item || target.closest('a')) return;
      // Meanwhile its row may have gone elsewhere.
      maker.open(item)?.addEventListener('close', () => {
        const index = this.#items.findIndex((each) => maker.key(each) === maker.key(item));
        if (index >= 0) this.focus(index);
      });
    });
    new ResizeObserver(() => this.#later()).observe(this.element);
  }

  /** @param {Item[]} items */
  set(items) {
    this.#items = items;
    this.element.style.setProperty('--rows', String(items.length));
    this.draw();
  }

  /** How many rows are above what can be seen. */
  get above() {
    return this.#height ? this.element.scrollTop / this.#height : 0;
  }

  /** Keeps what can be seen where it is after rows have come above it. */
  skip(/** @type {number} */ rows) {
    this.element.scrollTop += rows * this.#height;
  }

  #later() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => ((this.#isDue = false), this.draw()));
  }

  draw() {
    const height = parseFloat(getComputedStyle(this.element).getPropertyValue('--row')) || 40;
    this.#height = height;
    this.#room.style.height = `${this.#items.length * height}px`;
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / height) - spare);
    const end = Math.min(this.#items.length, Math.ceil((scrollTop + clientHeight) / height) + spare);
    const wanted = new Map();
    for (let index = first; index < end; index += 1) wanted.set(this.#maker.key(this.#items[index]), index);
    this.#keepFocused(wanted);
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      this.#rows.delete(key);
      row.remove();
      if (this.#spares.length < 20) this.#spares.push(row);
    }
    for (const [key, index] of wanted) this.#put(key, index);
    this.#sort(wanted);
    this.#setTabStop(wanted);
    this.#maker.didShow?.(this.#items.slice(first, end));
  }

  /** A row that has the focus stays, wherever it is. */
  #keepFocused(/** @type {Map<string | number, number>} */ wanted) {
    if (this.#active == null || wanted.has(this.#active) || !this.#rows.get(this.#active)?.contains(document.activeElement)) return;
    const index = this.#items.findIndex((item) => this.#maker.key(item) === this.#active);
    if (index >= 0) wanted.set(this.#active, index);
  }

  /** @param {string | number} key @param {number} index */
  #put(key, index) {
    let row = this.#rows.get(key);
    if (!row) {
      row = this.#spares.pop() ?? this.#maker.make();
      this.#rows.set(key, row);
      this.#room.append(row);
    }
    row.style.transform = `translateY(${index * this.#height}px)`;
    row.setAttribute('aria-rowindex', String(index + 1 + this.#maker.heads));
    row.dataset.key = String(key);
    this.#maker.draw(row, this.#items[index]);
  }

  /** Screen readers go by the order in the document. A row that has the focus would lose it, so the others move. */
  #sort(/** @type {Map<string | number, number>} */ wanted) {
    let place = this.#room.firstElementChild;
    for (const [key] of [...wanted].sort(([, left], [, right]) => left - right)) {
      const row = /** @type {HTMLElement} */ (this.#rows.get(key));
      if (row === place || row.contains(document.activeElement)) place = row.nextElementSibling;
      else this.#room.insertBefore(row, place);
    }
  }

  /** One row at a time is where Tab goes. */
  #setTabStop(/** @type {Map<string | number, number>} */ wanted) {
    const active = this.#active != null && wanted.has(this.#active) ? this.#active : wanted.keys().next().value;
    for (const [key, row] of this.#rows) {
      for (const each of row.querySelectorAll('button, a')) each.setAttribute('tabindex', key === active ? '0' : '-1');
    }
  }

  #note(/** @type {EventTarget | null} */ target) {
    const row = target instanceof Element ? target.closest('[data-key]') : null;
    for (const [key, each] of this.#rows) if (each === row) this.#active = key;
  }

  #move(/** @type {KeyboardEvent} */ event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / (this.#height || 40)) - 1);
    const steps = /** @type {Record<string, number>} */ ({
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity,
    });
    const step = steps[event.key];
    if (step === undefined || !this.#items.length) return;
    event.preventDefault();
    const now = this.#items.findIndex((item) => this.#maker.key(item) === this.#active);
    this.focus(Math.min(this.#items.length - 1, Math.max(0, Math.max(now, 0) + step)));
  }

  /** @param {number} index */
  focus(index) {
    const [top, bottom] = [index * this.#height, (index + 1) * this.#height];
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.element.scrollTop = bottom - clientHeight;
    this.#active = this.#maker.key(this.#items[index]);
    this.draw();
    const row = this.#rows.get(this.#active);
    row?.querySelector('button')?.focus({ preventScroll: true });
    // The list may be taller than the window.
    row?.scrollIntoView({ block: 'nearest' });
  }
}
