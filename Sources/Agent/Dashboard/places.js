// SPDX-License-Identifier: Apache-2.0
// Where a worker is or is wanted: an instance, or a worker that no instance has.

import { name } from './text.js';

/** Each state's words, its shape, and how much it needs somebody: the most first. */
const states = /** @type {Record<string, [string, string, number]>} */ ({
  gaveUp: ['gave up', 'ended', 0], backingOff: ['backing off', 'bad', 1], unresponsive: ['hangs', 'bad', 2],
  draining: ['draining', 'poor', 3], starting: ['starting', 'moving', 4], replacing: ['replacing', 'moving', 5],
  leaving: ['leaving', 'moving', 6], paused: ['paused', 'poor', 7], ready: ['ready', 'good', 8],
});

/** A place's state: what its worker does counts more than that it is ready.
 * @param {Page.Place} place
 * @returns {[string, string, number]}
 */
export function stateOf({ instance, worker }) {
  if (worker?.responsive === false) return states.unresponsive;
  if (worker?.leaving) return states.leaving;
  if (worker?.paused) return states.paused;
  if (instance) return states[instance.state] ?? [instance.state, 'plain', 4];
  return worker?.state === 'listening' || worker?.state === 'online' ? [worker.state, 'good', 8] : [worker?.state ?? '?', 'moving', 5];
}

const phases = new Map(/** @type {[string, [string, string]][]} */ ([
  ['stable', ['good', 'Stable']], ['progressing', ['moving', 'Progressing']], ['degraded', ['poor', 'Degraded']],
  ['failing', ['bad', 'Failing']], ['gaveUp', ['ended', 'Gave up']],
]));

/** The phase of a supervision as a shape and a word.
 * @param {string | undefined} phase
 * @param {boolean} [isKnown] false if that was long ago
 * @returns {[string, string]}
 */
export function phaseOf(phase, isKnown = true) {
  const [tone, word] = phases.get(phase ?? '') ?? ['plain', phase ? name(phase, 40) : '–'];
  return [isKnown ? tone : 'plain', word];
}

/** @param {Page.State} state @returns {Page.Place[]} */
export function placesOf({ instances, workers }) {
  const places = instances.map((instance) => ({
    key: `i${instance.instance}`, instance, worker: workers.get(instance.workerId ?? -1) ?? null,
  }));
  const placed = new Set(instances.map(({ workerId }) => workerId));
  const others = [...workers.values()].filter(({ id }) => !placed.has(id));
  return [...places, ...others.map((worker) => ({ key: `w${worker.id}`, instance: null, worker }))];
}
