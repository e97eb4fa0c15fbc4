// SPDX-License-Identifier: Apache-2.0
// All about one instance, over the page.

import { disconnect, kill, pause, restart, send } from './actions.js';
import { errorText, keepDrawn, note, sheet } from './dialogs.js';
import { fill, h, setText, state as stateMark } from './dom.js';
import { drawSpark, sparkline } from './figures.js';
import { ago, bytes, clock, figure, inMilliseconds, inPercent, until } from './format.js';
import { placesOf, stateOf } from './places.js';
import { may } from './store.js';
import { name, printedLines } from './text.js';
import { failureWords } from './words.js';

/**
 * @param {Page.Store} store @param {Page.Api} api @param {Page.Figures} figures
 * @param {string} key of the place
 */
export function showInstance(store, api, figures, key) {
  const find = () => placesOf(store.state).find((place) => place.key === key);
  const begun = find();
  if (!begun) return undefined;
  const title = begun.instance ? `Instance ${begun.instance.instance}` : `Worker ${begun.worker?.id}`;
  const [facts, charts, failure, problem] = [h('dl', { class: 'facts' }), h('div', { class: 'charts' }), h('div'), h('div', { class: 'problem', role: 'alert' })];
  const buttons = h('div', { class: 'buttons' });
  const dialog = sheet(title, facts, charts, failure, problem, buttons);
  let [wrote, buttonsFor] = ['', ''];

  function draw() {
    const place = find();
    if (!place) return dialog.close();
    const lines = factsOf(place);
    if (JSON.stringify(lines) !== wrote) {
      wrote = JSON.stringify(lines);
      const [word, tone] = stateOf(place);
      fill(facts, h('dt', null, 'State'), h('dd', null, stateMark(tone, word)),
        ...lines.flatMap(([term, value]) => [h('dt', null, term), h('dd', null, value)]));
    }
    drawCharts(charts, place, figures);
    drawFailure(failure, place);
    const kinds = `${place.worker?.id} ${place.worker?.paused} ${place.worker?.leaving != null}`;
    if (kinds === buttonsFor || !may(store.state, 'operate')) return;
    buttonsFor = kinds;
    fill(buttons, ...(place.worker ? actionsOf(api, place, problem) : []));
  }
  return keepDrawn(dialog, draw);
}

/** @param {Page.Place} place @returns {[string, string][]} */
function factsOf({ instance, worker }) {
  const lines = /** @type {[string, string][]} */ ([]);
  if (instance) lines.push(['Restarts', `${instance.restarts}, ${instance.failuresInARow} failures in a row`]);
  if (instance?.nextTryAt) lines.push(['Next try', `${until(instance.nextTryAt)}, at ${clock(instance.nextTryAt)}`]);
  if (!worker) return lines;
  lines.push(['Worker', `${worker.id}, pid ${worker.pid ?? '–'}, ${worker.state}`], ['Since', `${clock(worker.forkedAt)}, ${ago(worker.forkedAt)}`],
    ['Program', `${name(worker.exec)}, settings revision ${worker.settingsRevision}`]);
  if (worker.leaving) lines.push(['Leaving', `since ${clock(worker.leaving.since)}${worker.leaving.deadline ? `, killed ${until(worker.leaving.deadline)}` : ''}`]);
  if (worker.figures) {
    const { handedOver, declined, unanswered, waiting } = worker.figures.connections;
    lines.push(['Connections', `${handedOver} taken, ${declined} declined, ${unanswered} unanswered${waiting == null ? '' : `, ${waiting} waiting`}`]);
  }
  return lines;
}

const charts = /** @type {const} */ ([
  ['memory', 'Memory', bytes], ['cpu', 'CPU', inPercent], ['delay', 'Loop delay', inMilliseconds], ['connections', 'Connections/s', figure],
]);

/** @param {HTMLElement} box @param {Page.Place} place @param {Page.Figures} figures */
function drawCharts(box, { instance }, figures) {
  if (!instance) return;
  if (!box.children.length) {
    for (const [key, title] of charts) {
      box.append(h('figure', { 'data-figure': key, hidden: true }, h('figcaption', null, `${title} `, h('strong')), sparkline()));
    }
  }
  charts.forEach(([key, , text], index) => {
    const values = figures.values(instance.instance, key);
    const chart = /** @type {HTMLElement} */ (box.children[index]);
    chart.hidden = values.length === 0;
    if (!values.length) return;
    drawSpark(chart.children[1], values);
    const most = values.reduce((found, { value }) => Math.max(found, value), 0);
    const strong = chart.querySelector('strong');
    if (strong) setText(strong, `${text(values[values.length - 1].value)}, at most ${text(most)} in 10 min`);
  });
}

/** @param {HTMLElement} box @param {Page.Place} place */
function drawFailure(box, { instance }) {
  const failure = instance?.lastFailure;
  if (box.dataset.at === (failure?.at ?? '')) return;
  box.dataset.at = failure?.at ?? '';
  fill(box, failure ? h('h3', null, `Last failure, ${clock(failure.at)}`) : null, failure ? h('p', null, failureWords(failure)) : null,
    failure?.stderr ? h('pre', { class: 'printed', tabindex: 0, 'aria-label': 'The last that it wrote to standard error' }, printedLines(failure.stderr)) : null);
}

/** @param {Page.Api} api @param {Page.Place} place @param {HTMLElement} problem */
function actionsOf(api, { worker }, problem) {
  if (!worker) return [];
  const now = async () => {
    fill(problem);
    try {
      note(await pause(api, worker));
    } catch (error) {
      fill(problem, errorText(error));
    }
  };
  return [
    worker.supervised ? h('button', { onclick: () => restart(api, worker) }, 'Restart…') : null,
    h('button', { onclick: now }, worker.paused ? 'Resume' : 'Pause'),
    h('button', { onclick: () => send(api, worker) }, 'Send a message…'),
    h('button', { onclick: () => disconnect(api, worker) }, 'Disconnect…'),
    h('button', { class: 'danger', onclick: () => kill(api, worker) }, 'Kill…'),
  ];
}
