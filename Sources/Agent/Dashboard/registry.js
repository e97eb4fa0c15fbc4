// SPDX-License-Identifier: Apache-2.0
// Reads every few seconds how this agent stands in its fleet, and who else is there.

import { aheadOf, worstFirst } from './agents.js';
import { ApiError } from './api.js';
import { now } from './format.js';
import { maySeeFleet } from './store.js';
import { name } from './text.js';
import { sentence } from './words.js';

const every = 5000;
const silence = 30_000;

export class RegistryReader {
  #api;
  #store;
  #isActive = false;
  #failedAt = 0;
  #lost = new Set();
  /** @type {AbortController | null} */
  #running = null;

  /** @param {Page.Api} api @param {Page.Store} store */
  constructor(api, store) {
    this.#api = api;
    this.#store = store;
    store.show(['link', 'caller'], () => this.#update());
  }

  /** @param {boolean} isActive false while nobody sees the page */
  setActive(isActive) {
    this.#isActive = isActive;
    this.#update();
  }

  /** The stream of events tells whether the agent answers. */
  #update() {
    const { caller, link } = this.#store.state;
    const isWanted = this.#isActive && link.live && caller !== null && caller.fleet;
    if (isWanted === (this.#running !== null)) return;
    this.#running?.abort();
    this.#running = isWanted ? new AbortController() : null;
    if (this.#running) this.#run(this.#running.signal);
  }

  /** @param {AbortSignal} signal */
  async #run(signal) {
    while (!signal.aborted) {
      await Promise.allSettled([this.#readOwn(signal), this.#readAgents(signal)]);
      await new Promise((resolve) => setTimeout(resolve, every));
    }
  }

  /** @param {AbortSignal} signal */
  async #readOwn(signal) {
    this.#store.set({ fleet: await this.#api.get('v1/fleet', {}, signal) });
  }

  /** @param {AbortSignal} signal */
  async #readAgents(signal) {
    if (!maySeeFleet(this.#store.state)) return;
    try {
      const { agents } = await this.#api.get('v1/fleet/agents', {}, signal, 2 * every);
      const lost = /** @type {Page.FleetAgent[]} */ (agents).filter(({ state }) => state === 'lost').map(({ agentId }) => agentId);
      const isEarly = now() - this.#failedAt < silence && lost.some((id) => !this.#lost.has(id));
      if (!isEarly) this.#lost = new Set(lost);
      const problem = isEarly ? 'The fleet’s database is back, and agents report again in half a minute' : '';
      this.#store.set({ registry: { agents: worstFirst(agents), readAt: now(), problem, ahead: aheadOf(agents) } });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.reason === 'FLEET_UNAVAILABLE') this.#failedAt = now();
      const why = error instanceof Error ? error.message : '';
      this.#store.set({ registry: { ...this.#store.state.registry, problem: sentence(name(why)) } });
    }
  }
}
