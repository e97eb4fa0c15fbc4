// SPDX-License-Identifier: Apache-2.0
// The newest events first; more are added as they come.

import { errorText, sheet } from './dialogs.js';
import { byId, fill, h, setText, shape } from './dom.js';
import { clock } from './format.js';
import { Rows } from './rows.js';
import { name, printedLines } from './text.js';
import { changeTypes, detail, tone } from './words.js';

const kinds = /** @type {Record<string, [string, string[]]>} */ ({
  all: ['All', []],
  problems: ['Problems', ['exit', 'gaveUp', 'unresponsive', 'limit', 'gap', 'restart']],
  changes: ['Changes', changeTypes],
  workers: ['Workers', ['fork', 'online', 'listening', 'ready', 'leaving', 'disconnect', 'exit', 'responsive']],
});
const [pageSize, most] = [200, 1000];

export class Feed {
  /** @type {Page.Event[]} newest first */
  events = [];
  /** How many have come on top since they were last drawn. */
  fresh = 0;
  isEnd = false;
  #api;
  #kind = 'all';
  #worker = '';
  /** What comes while a page is read. */
  #waiting = /** @type {Page.Event[] | null} */ (null);
  /** Counts the readings: only the last one counts. */
  #turn = 0;

  /** @param {Page.Api} api */
  constructor(api) {
    this.#api = api;
  }

  /** Reads the newest events that fit.
   * @returns {Promise<number>} the newest event of all, to follow from there
   */
  async load(kind = this.#kind, worker = this.#worker) {
    [this.#kind, this.#worker] = [kind, worker];
    this.#waiting ??= [];
    const turn = (this.#turn += 1);
    try {
      const last = await this.#api.get('v1/events', { order: 'desc', pageSize: 1 });
      const page = await this.#api.get('v1/events', this.#query());
      if (turn === this.#turn) [this.events, this.isEnd] = [page.events, !page.nextPageToken];
      return last.events[0]?.seq ?? 0;
    } finally {
      if (turn === this.#turn) {
        const waiting = this.#waiting;
        this.#waiting = null;
        this.add(waiting);
      }
    }
  }

  async loadOlder() {
    const oldest = this.events.at(-1);
    if (!oldest) return;
    const known = new Set(this.events.map(({ seq }) => seq));
    // Events of the same millisecond come again.
    const until = new Date(Date.parse(oldest.time) + 1).toISOString();
    let query = this.#query({ until });
    for (;;) {
      const { events, nextPageToken } = await this.#api.get('v1/events', query);
      const older = events.filter((/** @type {Page.Event} */ { seq }) => !known.has(seq));
      this.events = [...this.events, ...older];
      this.isEnd = !nextPageToken;
      if (older.length || !nextPageToken) return;
      query = this.#query({ until, pageToken: nextPageToken });
    }
  }

  /** @param {Page.Event[]} events oldest first */
  add(events) {
    if (this.#waiting) {
      this.#waiting.push(...events);
      return;
    }
    const newest = this.events[0]?.seq ?? 0;
    const fitting = events.filter((event) => (event.seq ?? Infinity) > newest && this.#fits(event));
    if (!fitting.length) return;
    const length = Math.max(most, this.events.length);
    this.fresh += fitting.length;
    this.events = [...fitting.reverse(), ...this.events].slice(0, length);
    if (this.events.length === length) this.isEnd = false;
  }

  /** @param {Page.Event} event */
  #fits({ type, workerId }) {
    const types = kinds[this.#kind][1];
    return (!types.length || types.includes(type)) && (!this.#worker || workerId === Number(this.#worker));
  }

  /** @param {Page.Words} [more] */
  #query(more = {}) {
    const types = kinds[this.#kind][1];
    const query = /** @type {Page.Query} */ ({ order: 'desc', pageSize, ...more });
    if (types.length) query.type = types.join(',');
    if (this.#worker) query.workerId = this.#worker;
    return query;
  }
}

/** @type {WeakMap<Page.Event, string>} */
const keys = new WeakMap();
let unstored = 0;

/** Those that could not be stored have no seq.
 * @param {Page.Event} event
 */
function keyOf(event) {
  const key = event.seq ?? keys.get(event) ?? `unstored-${(unstored += 1)}`;
  if (typeof key === 'string') keys.set(event, key);
  return String(key);
}

/** @param {Page.Store} store @param {Feed} feed */
export function showEvents(store, feed) {
  const panel = byId('events');
  const problem = h('div', { class: 'problem', role: 'alert' });
  const kind = h('select', { id: 'kind' }, ...Object.entries(kinds).map(([key, [title]]) => h('option', { value: key }, title)));
  const worker = h('input', { id: 'event-worker', type: 'text', inputmode: 'numeric', pattern: '[1-9][0-9]{0,17}', size: 6, placeholder: 'all' });
  panel.querySelector('.panel-head')?.append(
    h('label', { class: 'in-line' }, 'Show ', kind), h('label', { class: 'in-line' }, 'Worker ', worker));
  const rows = new Rows({
    label: 'Events', heads: 0, key: keyOf,
    make: () => h('div', { class: 'event', role: 'row' }, h('span', { role: 'cell' }, h('button', { class: 'row-button' })),
      h('span', { class: 'event-type', role: 'cell' }), h('span', { class: 'event-detail', role: 'cell' })),
    draw: drawRow, open: showEvent,
  });
  const older = h('button', { class: 'quiet', onclick: () => attempt(() => feed.loadOlder()) }, 'Older events');
  const empty = h('p', { class: 'muted', hidden: true }, 'No such event.');
  panel.append(problem, h('div', { class: 'table', role: 'table', 'aria-labelledby': 'events-title' }, rows.element), empty, older);

  /** @param {() => Promise<unknown>} read */
  async function attempt(read) {
    fill(problem);
    try {
      await read();
    } catch (error) {
      fill(problem, errorText(error));
    }
    store.set({ feed: store.state.feed + 1 });
  }
  const reload = () => worker.checkValidity() && attempt(() => feed.load(kind.value, worker.value));
  kind.addEventListener('change', reload);
  worker.addEventListener('change', reload);

  store.show(['feed'], () => {
    // Who reads further down is not disturbed by what comes on top.
    const shift = rows.above >= 1 ? feed.fresh : 0;
    feed.fresh = 0;
    older.hidden = feed.isEnd;
    empty.hidden = feed.events.length > 0;
    rows.element.hidden = !feed.events.length;
    rows.set(feed.events);
    if (shift) rows.skip(shift);
  });
}

/** @param {HTMLElement} row @param {Page.Event} event */
function drawRow(row, event) {
  const [time, type, words] = row.children;
  const button = /** @type {HTMLElement} */ (time.firstElementChild);
  const who = event.workerId == null ? '' : ` ${event.workerId}`;
  const text = detail(event);
  setText(button, clock(event.time));
  button.setAttribute('aria-label', `${clock(event.time)}, ${name(event.type)}${who}. Show more`);
  if (row.dataset.drawn === keyOf(event)) return;
  row.dataset.drawn = keyOf(event);
  row.dataset.type = event.type;
  fill(type, shape(tone(event)), name(event.type), h('span', { class: 'muted' }, who && ` worker${who}`));
  setText(words, text);
}

/** @param {Page.Event} event */
function showEvent(event) {
  const { data, ...rest } = event;
  const { stderr, ...others } = data;
  return sheet(`${name(event.type)}, ${clock(event.time)}`, h('p', null, detail(event)),
    stderr ? h('h3', null, 'The last that it wrote to standard error') : null,
    stderr ? h('pre', { class: 'printed', tabindex: 0 }, printedLines(String(stderr))) : null,
    h('pre', { class: 'printed', tabindex: 0, 'aria-label': 'The event as the agent tells it' },
      printedLines(JSON.stringify({ ...rest, data: others }, null, 2)).slice(0, 200_000)));
}
