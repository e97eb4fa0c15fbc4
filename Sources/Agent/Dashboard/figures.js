// SPDX-License-Identifier: Apache-2.0
// What each instance used in the last ten minutes. The agent remembers it; for the rows that can be seen it is read once, and
// what is read of all instances anyway comes after it.

import { svg } from './dom.js';
import { now } from './format.js';

const [span, spacing] = [600_000, 10_000];
const mostAtOnce = 100;

/**
 * @param {number} time @param {number | null} workerId
 * @param {Partial<Page.WorkerFigures>} figures as far as the agent tells them
 * @returns {Page.Sample}
 */
function sample(time, workerId, { residentBytes, cpuMs, eventLoopDelayMs, connections }) {
  return {
    time, workerId, memory: residentBytes ?? null, cpu: cpuMs == null ? null : cpuMs / 1000, delay: eventLoopDelayMs ?? null,
    connections: connections?.handedOver ?? null,
  };
}

export class Figures {
  /** @type {Map<number, Page.Sample[]>} by instance, oldest first */
  #samples = new Map();
  /** @type {Set<number>} instances whose past has been asked for */
  #known = new Set();
  /** @type {Set<number>} */
  #wanted = new Set();
  #isDue = false;
  #api;
  #didRead;

  /**
   * @param {Page.Api} api
   * @param {() => void} didRead called when there is more to draw
   */
  constructor(api, didRead) {
    this.#api = api;
    this.#didRead = didRead;
  }

  /** @param {Page.Place[]} places as they are now */
  note(places) {
    const time = now();
    const there = new Set();
    for (const { instance, worker } of places) {
      if (!instance) continue;
      there.add(instance.instance);
      const samples = this.#samples.get(instance.instance) ?? [];
      // The newest one moves along, so that rates are of the last seconds.
      const before = samples.at(-2);
      if (before && time - before.time < spacing) samples.pop();
      samples.push(sample(time, instance.workerId, { residentBytes: instance.residentBytes, ...worker?.figures }));
      while (samples.length && samples[0].time < time - span) samples.shift();
      this.#samples.set(instance.instance, samples);
    }
    for (const key of this.#samples.keys()) if (!there.has(key)) this.#samples.delete(key);
  }

  /** Forgets that the past is known, after the page was away. */
  reset() {
    this.#known.clear();
  }

  /** @param {number[]} instances that can be seen */
  want(instances) {
    for (const instance of instances) if (!this.#known.has(instance)) this.#wanted.add(instance);
    if (this.#isDue || !this.#wanted.size) return;
    this.#isDue = true;
    setTimeout(() => this.#read(), 200);
  }

  async #read() {
    this.#isDue = false;
    const wanted = [...this.#wanted].slice(0, mostAtOnce);
    this.#wanted.clear();
    for (const instance of wanted) this.#known.add(instance);
    try {
      const { instances } = await this.#api.get('v1/samples', { instance: wanted.join(',') });
      for (const { instance, samples } of instances) {
        const past = samples.map((/** @type {any} */ each) => sample(Date.parse(each.time), each.workerId, each));
        const newest = this.#samples.get(instance)?.at(-1);
        this.#samples.set(instance, newest ? [...past.filter((/** @type {Page.Sample} */ each) => each.time < newest.time - 1000), newest] : past);
      }
      this.#didRead();
    } catch {
      for (const instance of wanted) this.#known.delete(instance);
    }
  }

  /** One figure, oldest first. Counters become rates per second; another worker begins anew.
   * @param {number} instance @param {'memory' | 'cpu' | 'delay' | 'connections'} figure
   * @returns {{time: number, value: number}[]}
   */
  values(instance, figure) {
    const samples = this.#samples.get(instance) ?? [];
    if (figure === 'memory' || figure === 'delay') {
      return samples.flatMap(({ time, [figure]: value }) => (value == null ? [] : [{ time, value }]));
    }
    return samples.flatMap((each, index) => {
      const before = samples[index - 1];
      const [then, current] = [before?.[figure], each[figure]];
      if (then == null || current == null || before.workerId !== each.workerId || current < then || each.time <= before.time) return [];
      return [{ time: each.time, value: ((current - then) * 1000) / (each.time - before.time) }];
    });
  }
}

const [width, height] = [72, 20];

/** An empty sparkline. The figure beside it says the same. */
export function sparkline() {
  const line = svg('polyline', { points: '', class: 'spark-line' });
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'spark', 'aria-hidden': 'true', preserveAspectRatio: 'none' }, line);
}

/** Draws values of the last ten minutes, from zero up.
 * @param {Element} spark @param {{time: number, value: number}[]} values
 */
export function drawSpark(spark, values) {
  const end = now();
  const most = Math.max(...values.map(({ value }) => value), 1e-9) * 1.1;
  const points = values.length < 2 ? '' : values.map(({ time, value }) => {
    const x = Math.max(0, width - ((end - time) / span) * width);
    return `${x.toFixed(1)},${(height - 1 - (value / most) * (height - 2)).toFixed(1)}`;
  }).join(' ');
  if (spark.firstElementChild?.getAttribute('points') !== points) spark.firstElementChild?.setAttribute('points', points);
}
