// SPDX-License-Identifier: Apache-2.0
// What the page knows. Panels are drawn again when something of theirs has changed, but only a few times a second, however
// much happens.

/** Between two drawings, in milliseconds. */
const rest = 250;

export class Store {
  /** @type {Page.State} */
  state = {
    caller: null, version: null, cluster: null, instances: [], workers: new Map(), operations: [], changes: [], exits: { throughSeq: 0, hours: [] },
    watchers: [], supervision: null, fleet: null, registry: { agents: [], readAt: 0, problem: '', ahead: 0 }, trouble: '',
    link: { live: false, since: Date.now(), problem: '' }, figures: 0, feed: 0,
  };
  /** @type {{keys: Set<string>, draw: (state: Page.State) => void}[]} */
  #panels = [];
  /** @type {Set<string>} */
  #changed = new Set();
  #isDue = false;
  #drawnAt = 0;

  /**
   * @param {(keyof Page.State)[]} keys what the panel shows
   * @param {(state: Page.State) => void} draw
   */
  show(keys, draw) {
    this.#panels.push({ keys: new Set(keys), draw });
  }

  /** @param {Partial<Page.State>} patch */
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

/** @param {Page.State} state */
export function maySeeFleet({ caller }) {
  return caller !== null && caller.fleet && caller.scopes.includes('fleet');
}

/** Whether the agent runs nothing itself and is there for its fleet.
 * @param {Page.State} state
 */
export function isGateway(state) {
  const { cluster, workers } = state;
  return maySeeFleet(state) && cluster !== null && !cluster.settings.exec && cluster.desired === 0 && !workers.size;
}

const ranks = ['read', 'operate', 'admin'];

/** Whether the caller has at least this role.
 * @param {Page.State} state @param {'read' | 'operate' | 'admin'} role
 */
export function may(state, role) {
  return ranks.indexOf(state.caller?.role ?? '') >= ranks.indexOf(role);
}
