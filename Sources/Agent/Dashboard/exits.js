// SPDX-License-Identifier: Apache-2.0
// How many workers ended in each hour, as bars.

import { byId, fill, h, svg } from './dom.js';
import { counted, now } from './format.js';

const [shown, hour] = [24, 3_600_000];

/** Adds the exits that have not been counted yet.
 * @param {Page.Exits} exits @param {Page.Event[]} events
 * @returns {Page.Exits}
 */
export function countExits({ throughSeq, hours }, events) {
  const counts = new Map(hours.map((each) => [each.start, { ...each }]));
  let last = throughSeq;
  for (const { seq, type, time, data, requestId } of events) {
    if (seq == null || seq <= throughSeq) continue;
    last = seq;
    if (type !== 'exit') continue;
    const start = `${time.slice(0, 13)}:00:00.000Z`;
    const count = counts.get(start) ?? { start, exits: 0, failures: 0 };
    count.exits += 1;
    if (isFailure(data, requestId)) count.failures += 1;
    counts.set(start, count);
  }
  return { throughSeq: last, hours: [...counts.values()].slice(-shown) };
}

/** Whether a worker ended in no good order, and unasked: as GET /v1/exits counts.
 * @param {Page.Data} data @param {string | null} requestId
 */
function isFailure(data, requestId) {
  if (requestId || data.principal) return false;
  return data.reason === 'exited' ? data.code !== 0 : ['signaled', 'spawnFailed', 'agentLost'].includes(data.reason);
}

/** @param {Page.Store} store */
export function showExits(store) {
  const panel = byId('exits');
  const sum = h('p', { class: 'muted small' });
  const chart = h('div', { class: 'bars' });
  panel.append(sum, chart);
  let drawnIn = 0;

  function draw() {
    const { exits } = store.state;
    drawnIn = Math.floor(now() / hour);
    const first = drawnIn * hour - (shown - 1) * hour;
    const counts = new Map(exits.hours.map((each) => [Date.parse(each.start), each]));
    const bars = Array.from({ length: shown }, (_, index) => {
      const start = first + index * hour;
      const { exits: all = 0, failures = 0 } = counts.get(start) ?? {};
      return { start, all, failures };
    });
    const total = bars.reduce((count, bar) => count + bar.all, 0);
    const failed = bars.reduce((count, bar) => count + bar.failures, 0);
    fill(sum, total === 0 ? 'No worker has ended in the last 24 hours.'
      : `${counted(total, 'exit')} in the last 24 hours, ${failed === 0 ? 'all of them asked for or in good order' : `${failed.toLocaleString('en')} of them failures (filled)`}.`);
    fill(chart, drawn(bars));
  }
  store.show(['exits'], draw);
  // An hour may pass without an exit.
  setInterval(() => document.hidden || drawnIn === Math.floor(now() / hour) || draw(), 10_000);
}

/** @param {{start: number, all: number, failures: number}[]} bars */
function drawn(bars) {
  const [width, height, foot] = [28, 96, 18];
  const most = Math.max(1, ...bars.map(({ all }) => all));
  const picture = svg('svg', {
    viewBox: `0 0 ${width * bars.length} ${height + foot}`, role: 'img', preserveAspectRatio: 'none',
    'aria-label': `Exits per hour: ${bars.filter(({ all }) => all).map(inWords).join('; ') || 'none'}`,
  });
  bars.forEach((bar, index) => {
    const group = svg('g', {});
    const title = svg('title', {});
    title.textContent = inWords(bar);
    group.append(title, svg('rect', { x: index * width, y: 0, width, height, class: 'bar-room' }));
    const tall = (bar.all / most) * (height - 4);
    const red = (bar.failures / most) * (height - 4);
    if (bar.all) group.append(svg('rect', { x: index * width + 3, y: height - tall, width: width - 6, height: tall, class: 'bar-all' }));
    if (bar.failures) group.append(svg('rect', { x: index * width + 3, y: height - red, width: width - 6, height: red, class: 'bar-failed' }));
    picture.append(group);
  });
  const labels = h('div', { class: 'bars-feet muted small', 'aria-hidden': 'true' },
    ...[0, 6, 12, 18, 23].map((index) => h('span', null, index === 23 ? 'now' : hourOf(bars[index].start))));
  const box = h('div', null);
  box.append(picture, labels);
  return box;
}

/** @param {{start: number, all: number, failures: number}} bar */
function inWords({ start, all, failures }) {
  return `${hourOf(start)}: ${counted(all, 'exit')}, ${counted(failures, 'failure')}`;
}

/** @param {number} start */
function hourOf(start) {
  return `${String(new Date(start).getHours()).padStart(2, '0')}:00`;
}
