// SPDX-License-Identifier: Apache-2.0
// Keeps what the page knows up to date: the stream tells that something has happened, and what it looks like now is read,
// at most once a second. What workers use changes without an event, so it is read every five seconds.

import { countExits } from './exits.js';
import { now } from './format.js';
import { EventStream } from './stream.js';
import { changeTypes, isChange } from './words.js';

const beat = 5000;
const [shortestGap, firstGap] = [1000, 150];
/** Watchers come and go without events. */
const watchersEvery = 3;
const mostChanges = 20;

export class Refresher {
  #api;
  #store;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isReading = false;
  #isAsked = false;
  #readAt = 0;
  #gap = shortestGap;
  #beats = 0;
  #stale = { operations: true, settings: true };
  #isStopped = false;
  #stream;

  /**
   * @param {Page.Api} api @param {Page.Store} store
   * @param {{onEvents: (events: Page.Event[]) => void, onGap: () => void, onOther: () => void}} listener
   */
  constructor(api, store, listener) {
    this.#api = api;
    this.#store = store;
    this.#stream = new EventStream(api, {
      onEvents: (events) => (this.#note(events), listener.onEvents(events)),
      onOpen: () => this.#didOpen(listener.onOther),
      onLost: (problem) => this.#didLose(problem),
      onGap: () => listener.onGap(),
    });
  }

  /** Follows what happens.
   * @param {number | 'latest'} seq the last event that the page has
   */
  async start(seq) {
    if (seq !== 'latest') {
      // Commands apart: there may be many that change nothing.
      const pages = await Promise.all([changeTypes.filter((type) => type !== 'command').join(','), 'command'].map((type) =>
        this.#api.get('v1/events', { type, order: 'desc', pageSize: 100 })));
      const events = /** @type {Page.Event[]} */ (pages.flatMap((page) => page.events)).filter(isChange);
      this.#store.set({ changes: events.sort((left, right) => (right.seq ?? 0) - (left.seq ?? 0)).slice(0, mostChanges) });
    }
    if (!this.#isStopped) this.#stream.start(seq);
  }

  /** While nobody sees the page, nothing is asked. */
  pause() {
    this.#stream.stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  resume() {
    if (!this.#isStopped) this.#stream.resume();
  }

  stop() {
    this.#isStopped = true;
    this.pause();
  }

  async #didOpen(/** @type {() => void} */ onOther) {
    const { version: known, caller: before } = this.#store.state;
    const [version, caller] = await Promise.all([this.#api.get('v1/version'), this.#api.get('v1/caller')]);
    // Another release may have another page, and its configuration may let the caller do more or less.
    const isOther = known && (known.agentId !== version.agentId || known.version !== version.version);
    if (isOther || (before && !isSame(before, caller))) return onOther();
    this.#stale = { operations: true, settings: true };
    this.#beats = 0;
    // Without a history the page shows what is there now.
    const exits = await this.#api.get('v1/exits').catch(() => this.#store.state.exits);
    this.#store.set({ version, exits, link: { live: true, since: now(), problem: '' } });
    this.#soon(0);
  }

  #didLose(/** @type {Error} */ problem) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { link } = this.#store.state;
    if (link.live || !link.problem) {
      this.#store.set({ link: { live: false, since: now(), problem: problem.message } });
    }
  }

  #note(/** @type {Page.Event[]} */ events) {
    const { state } = this.#store;
    const newest = state.changes[0]?.seq ?? 0;
    const changes = events.filter((event) => isChange(event) && (event.seq ?? 0) > newest);
    if (changes.length) this.#store.set({ changes: [...changes.reverse(), ...state.changes].slice(0, mostChanges) });
    if (events.some(({ type }) => type === 'exit')) this.#store.set({ exits: countExits(state.exits, events) });
    if (events.some(({ type }) => type === 'operation')) this.#stale.operations = true;
    if (events.some(({ type }) => type === 'setup' || type === 'command')) this.#stale.settings = true;
    this.#soon(Math.max(firstGap, this.#readAt + this.#gap - performance.now()));
  }

  #soon(/** @type {number} */ wait) {
    if (this.#isReading) {
      this.#isAsked = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), wait);
  }

  async #read() {
    this.#isReading = true;
    const start = performance.now();
    try {
      const readings = [this.#readCluster()];
      if (this.#stale.operations) readings.push(this.#readOperations());
      if (this.#stale.settings) readings.push(this.#readRules());
      if (this.#beats++ % watchersEvery === 0) readings.push(this.#readWatchers());
      await Promise.all(readings);
    } catch {
      // The stream says so if the agent has gone; anything else is tried again.
    } finally {
      this.#isReading = false;
      this.#readAt = performance.now();
      // A page of very many workers must not keep the agent busy.
      this.#gap = Math.max(shortestGap, 5 * (this.#readAt - start));
      const wait = this.#isAsked ? this.#gap : Math.max(beat, this.#gap);
      this.#isAsked = false;
      if (this.#store.state.link.live && !document.hidden && !this.#isStopped) this.#soon(wait);
    }
  }

  async #readCluster() {
    const [cluster, { instances }, workers, trouble] = await Promise.all([
      this.#api.get('v1/cluster'), this.#api.get('v1/instances'), this.#allWorkers(), this.#api.trouble(),
    ]);
    this.#store.set({ cluster, instances, workers, trouble, figures: this.#store.state.figures + 1 });
  }

  async #allWorkers() {
    /** @type {Map<number, Page.Worker>} */
    const workers = new Map();
    let token;
    do {
      const query = /** @type {Page.Query} */ (token ? { pageToken: token } : {});
      const page = await this.#api.get('v1/workers', { pageSize: 1000, ...query });
      for (const worker of page.workers) workers.set(worker.id, worker);
      token = page.nextPageToken;
    } while (token && workers.size < 20_000);
    return workers;
  }

  async #readOperations() {
    this.#stale.operations = false;
    const { operations } = await this.#api.get('v1/operations');
    this.#store.set({ operations });
  }

  async #readRules() {
    this.#stale.settings = false;
    this.#store.set({ supervision: await this.#api.get('v1/cluster/supervision') });
  }

  async #readWatchers() {
    const { watchers } = await this.#api.get('v1/watchers');
    this.#store.set({ watchers });
  }
}

/** @param {Page.Caller} left @param {Page.Caller} right */
function isSame(left, right) {
  return left.role === right.role && left.fleet === right.fleet && String(left.scopes) === String(right.scopes);
}
