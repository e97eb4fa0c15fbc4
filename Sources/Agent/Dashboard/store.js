// SPDX-License-Identifier: Apache-2.0
// What the page knows. Panels are drawn again when something of theirs has changed, but only a few times a second, however
// much happens.

/**
 * @typedef {{seq: number | null, time: string, type: string, workerId: number | null, pid: number | null,
 *   requestId: string | null, data: Record<string, any>}} Event
 * @typedef {{instance: number, workerId: number | null, reason: string, code: number | null, signal: string | null,
 *   stderr: string | null, message: string | null, at: string, nextTryAt: string | null}} Failure
 * @typedef {{instance: number, state: string, workerId: number | null, restarts: number, failuresInARow: number,
 *   nextTryAt: string | null, lastFailure: Failure | null, residentBytes: number | null}} Instance
 * @typedef {{connections: {handedOver: number, declined: number, unanswered: number, waiting: number | null},
 *   eventLoopDelayMs: number | null, cpuMs: number | null, residentBytes: number | null}} WorkerFigures
 * @typedef {{id: number, pid: number | null, state: string, supervised: boolean, instance: number | null,
 *   ready: boolean | null, responsive: boolean | null, paused: boolean, leaving: {since: string, deadline: string | null} | null,
 *   forkedAt: string, exec: string, settingsRevision: number, figures?: WorkerFigures}} Worker
 * @typedef {{name: string, kind: string, done: boolean, phase: string, startedAt: string, endedAt: string | null,
 *   principal: string | null, requestId: string | null, verdict: string | null, failure: Failure | null,
 *   progress: {total: number, replaced: number, instances: {instance: number, state: string, workerId: number | null}[]}}} Operation
 * @typedef {{phase: string, desired: number, ready: number, lastFailure: Failure | null, settings: Record<string, any>,
 *   schedulingPolicy: string, handles: {key: string, pendingConnections: number}[], workers: Record<string, number>}} Cluster
 * @typedef {{throughSeq: number, hours: {start: string, exits: number, failures: number}[]}} Exits
 * @typedef {{principal: string, watches: string, since: string}} Watcher
 * @typedef {{principal: string, role: 'read' | 'operate' | 'admin'}} Caller
 * @typedef {{version: string, hostname: string, agentId: string, startedAt: string, pid: number}} Version
 * @typedef {{live: boolean, since: number, problem: string}} Link
 *
 * @typedef {object} State
 * @property {Caller | null} caller
 * @property {Version | null} version
 * @property {Cluster | null} cluster
 * @property {Instance[]} instances
 * @property {Map<number, Worker>} workers living ones, by id
 * @property {Operation[]} operations newest first
 * @property {Event[]} changes what somebody changed, newest first
 * @property {Exits} exits by hour, oldest first
 * @property {Watcher[]} watchers
 * @property {Record<string, any> | null} supervision
 * @property {Link} link to the agent
 * @property {string} trouble why the agent cannot do all its work; empty if it can
 * @property {number} figures counts the readings of what workers use
 * @property {number} feed counts the changes of the event feed
 */

/** Between two drawings, in milliseconds. */
const rest = 250;

export class Store {
  /** @type {State} */
  state = {
    caller: null, version: null, cluster: null, instances: [], workers: new Map(), operations: [], changes: [], exits: { throughSeq: 0, hours: [] },
    watchers: [], supervision: null, trouble: '', link: { live: false, since: Date.now(), problem: '' }, figures: 0, feed: 0,
  };
  /** @type {{keys: Set<string>, draw: (state: State) => void}[]} */
  #panels = [];
  /** @type {Set<string>} */
  #changed = new Set();
  #isDue = false;
  #drawnAt = 0;

  /**
   * @param {(keyof State)[]} keys what the panel shows
   * @param {(state: State) => void} draw
   */
  show(keys, draw) {
    this.#panels.push({ keys: new Set(keys), draw });
  }

  /** @param {Partial<State>} patch */
  set(patch) {
    Object.assign(this.state, patch);
    for (const key of Object.keys(patch)) this.#changed.add(key);
    if (this.#isDue) return;
    this.#isDue = true;
    const wait = Math.max(0, this.#drawnAt + rest - performance.now());
    setTimeout(() => requestAnimationFrame(() => this.#draw()), wait);
  }

  #draw() {
    const changed = this.#changed;
    this.#changed = new Set();
    this.#isDue = false;
    this.#drawnAt = performance.now();
    for (const { keys, draw } of this.#panels) {
      if ([...changed].some((key) => keys.has(key))) draw(this.state);
    }
  }
}

const ranks = ['read', 'operate', 'admin'];

/**
 * Whether the caller has at least this role.
 * @param {State} state
 * @param {'read' | 'operate' | 'admin'} role
 */
export function may(state, role) {
  return ranks.indexOf(state.caller?.role ?? '') >= ranks.indexOf(role);
}
