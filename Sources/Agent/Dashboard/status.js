// SPDX-License-Identifier: Apache-2.0
// The five questions of three in the morning: is it up, what fails and why, what is being done about it, what changed, and
// what can I do?

import { fleetVerdict } from './agents.js';
import { drawActions, drawChanges, drawFailures, drawWork } from './answers.js';
import { byId, fill, h, setText, shape } from './dom.js';
import { age, ago, clock, counted, duration, now, until } from './format.js';
import { phaseOf } from './places.js';
import { isGateway } from './store.js';
import { name } from './text.js';

/** The state as a shape and a word.
 * @param {Page.State} state
 * @returns {[string, string]}
 */
function verdictOf(state) {
  const { link, cluster } = state;
  if (!link.live) return ['ended', link.problem ? 'Not reachable' : 'Connecting'];
  if (isGateway(state)) return [fleetVerdict(state)[0], fleetVerdict(state)[1]];
  return phaseOf(cluster?.phase ?? '…');
}

/** @param {Page.State} state */
function sentenceOf(state) {
  const { link, cluster } = state;
  if (!link.live && link.problem) return 'The agent does not answer. Trying again.';
  if (!cluster) return '';
  if (isGateway(state)) return fleetVerdict(state)[2];
  return cluster.desired === 0 ? 'No worker is wanted' : `${cluster.ready.toLocaleString('en')} of ${counted(cluster.desired, 'worker')} ready`;
}

/** What changes all the time, and is not read aloud therefore.
 * @param {Page.State} state
 */
function restOf({ link, version }) {
  if (!link.live && link.problem) {
    return `For ${duration(now() - link.since)}. What you see is from ${clock(new Date(link.since).toISOString())}.`;
  }
  return version ? `This agent has run for ${age(version.startedAt)}` : '';
}

/** Counts on the ages and the times left, without drawing what is around them.
 * @param {Element} box
 */
function countTimes(box) {
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll('[data-ago]'))) setText(each, ago(each.dataset.ago ?? ''));
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll('[data-until]'))) setText(each, until(each.dataset.until ?? ''));
}

/** One answer, drawn again only if it has changed.
 * @param {string} title @param {string} id
 */
function answer(title, id) {
  const body = h('div', { id });
  let wrote = '';
  return {
    element: h('div', { class: 'answer' }, h('h2', null, title), body),
    /** @param {Page.Child[]} children @param {string} mark */
    draw(children, mark) {
      if (mark === wrote) return;
      wrote = mark;
      fill(body, ...children);
    },
  };
}

/** @param {Page.Store} store @param {Page.Api} api @param {(instance: number) => void} showLogsOf */
export function showStatus(store, api, showLogsOf) {
  const box = byId('status');
  const [mark, word, sentence, rest] = [
    h('span', { class: 'verdict-shape' }), h('p', { class: 'verdict-word', id: 'phase' }), h('p', { id: 'phase-sentence' }), h('p', { class: 'muted small' }),
  ];
  const fails = answer('What fails, and why', 'fails');
  const done = answer('What is being done', 'being-done');
  const changed = answer('What changed', 'changed');
  const possible = answer('What you can do', 'possible');
  box.append(h('div', { class: 'verdict' }, mark, h('div', null, h('div', { role: 'status' }, word, sentence), rest)),
    h('div', { class: 'answers' }, fails.element, done.element, changed.element, possible.element));

  /** @param {Page.State} state */
  function draw(state) {
    const [tone, text] = verdictOf(state);
    if (box.dataset.tone !== tone) fill(mark, shape(tone));
    box.dataset.tone = tone;
    setText(word, text);
    setText(sentence, sentenceOf(state));
    setText(rest, restOf(state));
    const { cluster, version, fleet } = state;
    const figures = cluster && !isGateway(state) ? ` ${cluster.ready}/${cluster.desired}` : '';
    document.title = cluster ? `${text}${figures} · ${name(fleet?.name ?? version?.hostname ?? '', 60)}` : 'Cluster';
    document.body.classList.toggle('lost', !state.link.live && state.link.problem !== '');
    drawFailures(state, fails, showLogsOf);
    done.element.hidden = changed.element.hidden = isGateway(state);
    drawWork(state, done);
    drawChanges(state, changed);
    drawActions(state, api, possible);
    countTimes(box);
  }
  store.show(['cluster', 'instances', 'workers', 'operations', 'changes', 'version', 'link', 'caller', 'trouble', 'fleet', 'registry'], draw);
  setInterval(() => document.hidden || draw(store.state), 1000);
}
