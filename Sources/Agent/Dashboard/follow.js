// SPDX-License-Identifier: Apache-2.0
// Follows what workers print, by asking again and again: a stream of its own would take one of the few connections that a
// browser has.

import { ApiError } from './api.js';

const [every, tail, pageSize] = [1000, 200, 1000];

export class Follow {
  #api;
  /** @type {(lines: Page.Line[], isFresh: boolean) => void} */
  #onLines;
  /** @type {(problem: unknown) => void} */
  #onProblem;
  /** @type {Page.Filter} */
  #filter = { instance: '', stream: '', contains: '' };
  /** The last line that was looked at; null before the first reading. */
  #place = /** @type {number | null} */ (null);
  /** @type {AbortController | null} */
  #running = null;

  /**
   * @param {Page.Api} api
   * @param {(lines: Page.Line[], isFresh: boolean) => void} onLines oldest first; `isFresh` if they replace all that was shown
   * @param {(problem: unknown) => void} onProblem null if all is well again
   */
  constructor(api, onLines, onProblem) {
    this.#api = api;
    this.#onLines = onLines;
    this.#onProblem = onProblem;
  }

  /** @param {Page.Filter} filter */
  choose(filter) {
    this.#filter = filter;
    this.#place = null;
    if (this.#running) {
      this.stop();
      this.start();
    }
  }

  start() {
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
    while (!signal.aborted) {
      try {
        await this.#read(signal);
        this.#onProblem(null);
      } catch (error) {
        if (signal.aborted) return;
        this.#onProblem(error);
        // It stays so until the agent is started in another way.
        if (error instanceof ApiError && error.reason === 'LOGS_OFF') return;
      }
      await new Promise((resolve) => setTimeout(resolve, every));
    }
  }

  /** @param {AbortSignal} signal */
  async #read(signal) {
    if (this.#place == null) return this.#begin(signal);
    const query = { ...this.#where(), afterSeq: this.#place, pageSize };
    const { lines, nextPageToken } = await this.#api.get('v1/logs', query, signal);
    const last = lines.at(-1)?.seq;
    if (last != null) this.#place = last;
    // More than anybody can read: it goes on with the newest lines.
    if (nextPageToken) return this.#begin(signal, lines.length);
    const fitting = lines.filter((/** @type {Page.Line} */ line) => this.#fits(line));
    if (fitting.length) this.#onLines(fitting, false);
  }

  /** The last lines. All lines are followed from here on and filtered in the page, because the agent would search what it has
   * stored again for each question.
   * @param {AbortSignal} signal
   * @param {number} [skipped] set if lines are left out
   */
  async #begin(signal, skipped) {
    const newest = await this.#api.get('v1/logs', { ...this.#where(), order: 'desc', pageSize: 1 }, signal);
    const filter = this.#filter;
    const text = /** @type {Page.Words} */ (filter.contains ? { contains: filter.contains } : {});
    const { lines } = await this.#api.get('v1/logs', { ...this.#where(), ...text, order: 'desc', pageSize: tail }, signal);
    this.#place = Math.max(newest.lines[0]?.seq ?? 0, lines[0]?.seq ?? 0);
    const mark = { seq: null, time: new Date().toISOString(), workerId: null, instance: null, stream: 'agent', line: 'lines are left out here: they come faster than anybody reads' };
    this.#onLines(skipped ? [mark, ...lines.reverse()] : lines.reverse(), skipped === undefined);
  }

  #where() {
    const { instance, stream } = this.#filter;
    return { ...(instance && { instance }), ...(stream && { stream }) };
  }

  /** @param {Page.Line} line */
  #fits({ line, stream }) {
    return stream === 'agent' || !this.#filter.contains || line.includes(this.#filter.contains);
  }
}
