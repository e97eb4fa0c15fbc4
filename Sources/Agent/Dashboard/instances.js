// SPDX-License-Identifier: Apache-2.0
// A row for each instance, and for each worker that no instance has.

import { byId, fill, h, setText, state as stateMark } from './dom.js';
import { Figures, drawSpark, sparkline } from './figures.js';
import { age, bytes, counted, figure, inMilliseconds, inPercent, until } from './format.js';
import { showInstance } from './instance.js';
import { placesOf, stateOf } from './places.js';
import { Rows, cellsOf, tableOf } from './rows.js';

const columns = ['Instance', 'State', 'Worker', 'PID', 'Uptime', 'Restarts', 'Connections/s', 'Loop delay', 'CPU', 'Memory'];

/** @param {Page.Store} store @param {Page.Api} api */
export function showInstances(store, api) {
  const panel = byId('instances');
  const figures = new Figures(api, () => draw(store.state));
  const order = h('select', { id: 'order', onchange: () => draw(store.state) },
    h('option', { value: 'trouble' }, 'Trouble first'), h('option', { value: 'number' }, 'By number'));
  panel.querySelector('.panel-head')?.append(h('span', { class: 'muted', id: 'instances-count' }), h('label', { class: 'in-line' }, 'Order ', order));
  const rows = new Rows({
    label: 'Instances', heads: 1, key: (/** @type {Page.Place} */ place) => place.key, make: emptyRow,
    draw: (row, place) => drawRow(row, place, figures), open: ({ key }) => showInstance(store, api, figures, key),
    didShow: (places) => figures.want(places.flatMap(({ instance }) => (instance ? [instance.instance] : []))),
  });
  const empty = h('p', { class: 'muted', hidden: true }, 'No worker is wanted, and none runs.');
  const table = tableOf('instances-title', columns, 'c', rows.element);
  panel.append(table, empty);

  /** @param {Page.State} state */
  function draw(state) {
    const places = placesOf(state);
    if (order.value === 'trouble') places.sort((left, right) => stateOf(left)[2] - stateOf(right)[2]);
    table.setAttribute('aria-rowcount', String(places.length + 1));
    // Programs that are not Node tell none.
    table.classList.toggle('no-delay', !places.some(({ worker }) => worker?.figures?.eventLoopDelayMs != null));
    table.hidden = !places.length;
    empty.hidden = places.length > 0 || !state.cluster;
    const forked = places.filter(({ instance, worker }) => !instance && worker?.instance == null).length;
    fill(byId('instances-count'), counted(state.instances.length, 'instance'), forked ? `, ${counted(forked, 'forked worker')}` : '');
    rows.set(places);
  }

  store.show(['instances', 'workers', 'figures'], (state) => {
    figures.note(placesOf(state));
    draw(state);
  });
  // Ages are counted on between two readings.
  setInterval(() => document.hidden || !store.state.link.live || rows.draw(), 1000);
  return figures;
}

function emptyRow() {
  const cells = cellsOf(columns, 'c');
  cells[0].append(h('button', { class: 'row-button' }));
  for (const cell of cells.slice(6)) cell.append(sparkline(), h('span', { class: 'value' }));
  return h('div', { class: 'row', role: 'row' }, ...cells);
}

/** @param {HTMLElement} row @param {Page.Place} place @param {Figures} figures */
function drawRow(row, place, figures) {
  const { instance, worker } = place;
  const cells = row.children;
  const button = /** @type {HTMLElement} */ (cells[0].firstElementChild);
  // The old worker of an instance whose next one serves already.
  const old = !instance && worker?.instance != null;
  setText(button, instance ? `${instance.instance}` : old ? `${worker.instance}, old` : 'forked');
  const [word, tone] = stateOf(place);
  const next = instance?.nextTryAt && !worker ? `, again ${until(instance.nextTryAt)}` : '';
  button.setAttribute('aria-label', `${instance ? `Instance ${instance.instance}` : `Worker ${worker?.id}`}: ${word}. Show more`);
  if (cells[1].textContent !== word + next) fill(cells[1], stateMark(tone, word), next ? h('span', { class: 'next' }, next) : null);
  row.dataset.tone = tone;
  setText(cells[2], worker ? String(worker.id) : '–');
  setText(cells[3], worker?.pid ? String(worker.pid) : '–');
  setText(cells[4], worker ? age(worker.forkedAt) : '–');
  setText(cells[5], instance ? String(instance.restarts) : '–');
  const number = instance?.instance ?? -1;
  const drawn = /** @type {const} */ ([['connections', figure], ['delay', inMilliseconds], ['cpu', inPercent]]);
  drawn.forEach(([name, text], index) => {
    const values = figures.values(number, name);
    drawCell(cells[6 + index], values, values.length ? text(values[values.length - 1].value) : '–');
  });
  drawCell(cells[9], figures.values(number, 'memory'), bytes(instance?.residentBytes ?? worker?.figures?.residentBytes));
}

/** @param {Element} cell @param {{time: number, value: number}[]} values @param {string} text */
function drawCell(cell, values, text) {
  drawSpark(cell.children[0], values);
  setText(cell.children[1], text);
}
