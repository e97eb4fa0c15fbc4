// SPDX-License-Identifier: Apache-2.0
// The one stream of the page: events as they happen, resumed after the last one that was seen. It is read with `fetch`,
// because an EventSource cannot send a token.

import { ApiError } from './api.js';

/** The agent sends something every 15 seconds. */
const silence = 40_000;
const [firstDelay, longestDelay] = [400, 5000];
const longestLine = 64 << 20;
/** The history does not have the event to begin after, or cannot be read. */
const unreadable = ['SEQ_EXPIRED', 'HISTORY_UNAVAILABLE'];

export class EventStream {
  #api;
  #listener;
  /** @type {AbortController | null} */
  #running = null;
  /** The last event that was seen. */
  #seq = /** @type {number | 'latest'} */ ('latest');

  /** @param {Page.Api} api @param {Page.Listener} listener */
  constructor(api, listener) {
    this.#api = api;
    this.#listener = listener;
  }

  /** @param {number | 'latest'} seq the last event that is known already; `latest` if none can be read */
  start(seq) {
    this.#seq = seq;
    this.resume();
  }

  resume() {
    if (this.#running) return;
    this.#running = new AbortController();
    this.#run(this.#running.signal);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
  }

  /** @param {AbortSignal} signal */
  async #run(signal) {
    let delay = firstDelay;
    while (!signal.aborted) {
      try {
        const lagged = await this.#read(signal, () => (delay = firstDelay));
        if (!lagged) this.#listener.onLost(new ApiError('the agent has closed the stream'));
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && this.#seq !== 'latest' && unreadable.includes(error.reason)) {
          this.#seq = 'latest';
          this.#listener.onGap();
          continue;
        }
        this.#listener.onLost(/** @type {Error} */ (error));
      }
      await pause(delay, signal);
      delay = Math.min(delay * 2, longestDelay);
    }
  }

  /** Reads until the stream ends.
   * @param {AbortSignal} signal @param {() => void} didOpen
   * @returns {Promise<boolean>} whether this page was too slow; it goes on after what it has seen
   */
  async #read(signal, didOpen) {
    const own = new AbortController();
    signal.addEventListener('abort', () => own.abort(), { signal: own.signal });
    let watchdog = setTimeout(() => own.abort(), silence);
    try {
      const response = await this.#api.open('v1/events:watch', { afterSeq: this.#seq }, own.signal);
      didOpen();
      await this.#listener.onOpen();
      if (!response.body) return false;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let [rest, lagged] = ['', false];
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => own.abort(), silence);
        const lines = (rest + part.value).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > longestLine) throw new ApiError('an event is too long');
        lagged = this.#take(lines) || lagged;
      }
      return lagged;
    } catch (error) {
      throw own.signal.aborted && !signal.aborted ? new ApiError('nothing has come for 40 seconds') : error;
    } finally {
      clearTimeout(watchdog);
      own.abort();
    }
  }

  /** @param {string[]} lines */
  #take(lines) {
    const all = lines.filter(Boolean).map((line) => JSON.parse(line));
    const events = /** @type {Page.Event[]} */ (all.filter(({ type }) => type !== 'lagged'));
    const last = events.filter(({ seq }) => seq != null).at(-1)?.seq;
    if (last != null) this.#seq = last;
    if (events.length) this.#listener.onEvents(events);
    return events.length < all.length;
  }
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    // Removed with the pause: there is one after the other while an agent is away.
    const over = new AbortController();
    const end = () => (clearTimeout(timer), over.abort(), resolve());
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { signal: over.signal });
  });
}
