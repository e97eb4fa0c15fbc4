// SPDX-License-Identifier: Apache-2.0
// The five questions of three in the morning: is it up, what fails and why, what is being done about it, what changed, and
// what can I do?

import { cancel, reload, scale } from './actions.js';
import { byId, fill, h, setText, shape } from './dom.js';
import { age, ago, clock, counted, duration, until } from './format.js';
import { progressOf } from './operations.js';
import { placesOf, stateOf } from './places.js';
import { may } from './store.js';
import { name } from './text.js';
import { detail, failureWords, sentence } from './words.js';

/** @typedef {import('./store.js').State} State */

const phases = /** @type {Record<string, [string, string]>} */ ({
  stable: ['good', 'Stable'], progressing: ['moving', 'Progressing'], degraded: ['poor', 'Degraded'],
  failing: ['bad', 'Failing'], gaveUp: ['ended', 'Gave up'],
});

/**
 * The state as a word and a shape.
 * @param {State} state
 * @returns {[string, string]}
 */
function verdictOf({ link, cluster }) {
  if (!link.live) return ['ended', link.problem ? 'Not reachable' : 'Connecting'];
  return phases[cluster?.phase ?? ''] ?? ['plain', name(cluster?.phase ?? '…')];
}

/** @param {State} state */
function sentenceOf({ link, cluster }) {
  if (!link.live && link.problem) return 'The agent does not answer. Trying again.';
  if (!cluster) return '';
  return cluster.desired === 0 ? 'No worker is wanted' : `${cluster.ready.toLocaleString('en')} of ${counted(cluster.desired, 'worker')} ready`;
}

/**
 * What changes all the time, and is not read aloud therefore.
 * @param {State} state
 */
function restOf({ link, version }) {
  if (!link.live && link.problem) {
    return `For ${duration(Date.now() - link.since)}. What you see is from ${clock(new Date(link.since).toISOString())}.`;
  }
  return version ? `The agent has run for ${age(version.startedAt)}` : '';
}

/**
 * Counts on the ages and the times left, without drawing what is around them.
 * @param {Element} box
 */
function countTimes(box) {
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll('[data-ago]'))) setText(each, ago(each.dataset.ago ?? ''));
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll('[data-until]'))) setText(each, until(each.dataset.until ?? ''));
}

/** @param {string} time @param {string} [css] */
function agoSince(time, css = '') {
  return h('span', { class: css, title: time, 'data-ago': time }, ago(time));
}

/**
 * One answer, drawn again only if it has changed.
 * @param {string} title
 * @param {string} id
 */
function answer(title, id) {
  const body = h('div', { id });
  let wrote = '';
  return {
    element: h('div', { class: 'answer' }, h('h2', null, title), body),
    /** @param {(import('./dom.js').Child)[]} children @param {string} mark */
    draw(children, mark) {
      if (mark === wrote) return;
      wrote = mark;
      fill(body, ...children);
    },
  };
}

/**
 * @param {import('./store.js').Store} store
 * @param {import('./api.js').Api} api
 * @param {(instance: number) => void} showLogsOf
 */
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

  /** @param {State} state */
  function draw(state) {
    const [tone, text] = verdictOf(state);
    if (box.dataset.tone !== tone) fill(mark, shape(tone));
    box.dataset.tone = tone;
    setText(word, text);
    setText(sentence, sentenceOf(state));
    setText(rest, restOf(state));
    const { cluster, version } = state;
    document.title = cluster ? `${text} ${cluster.ready}/${cluster.desired} · ${name(version?.hostname ?? '', 60)}` : 'Cluster';
    document.body.classList.toggle('lost', !state.link.live && state.link.problem !== '');
    drawFailures(state, fails, showLogsOf);
    drawWork(state, done);
    changed.draw(changesOf(state), state.changes.map(({ seq }) => seq).join() || 'none');
    drawActions(state, api, possible);
    countTimes(box);
  }
  store.show(['cluster', 'instances', 'workers', 'operations', 'changes', 'version', 'link', 'caller', 'trouble'], draw);
  setInterval(() => document.hidden || draw(store.state), 1000);
}

/** @typedef {ReturnType<typeof answer>} Answer */

/** @param {State} state @param {Answer} place @param {(instance: number) => void} showLogsOf */
function drawFailures(state, place, showLogsOf) {
  const failure = state.cluster?.lastFailure;
  const hanging = placesOf(state).filter(({ worker }) => worker?.responsive === false).map(({ worker }) => worker?.id);
  const isOver = state.cluster?.phase === 'stable';
  // The agent says in its own words that no worker is ready; the failure below says more.
  const trouble = failure && /^no worker is ready/.test(state.trouble) ? '' : state.trouble;
  const lines = [];
  if (trouble) lines.push(h('p', { class: 'failure' }, `${sentence(name(trouble))}.`));
  if (hanging.length) lines.push(h('p', { class: 'failure' }, `${counted(hanging.length, 'worker')} hang${hanging.length === 1 ? 's' : ''}: ${hanging.slice(0, 5).join(', ')}.`));
  if (failure) {
    lines.push(h('p', { class: isOver ? '' : 'failure' }, isOver && !lines.length ? `Nothing now. The last failure: ${failureWords(failure)}` : sentence(failureWords(failure))),
      h('p', { class: 'muted small' }, agoSince(failure.at), `, at ${clock(failure.at)}`));
    if (may(state, 'operate')) lines.push(h('button', { type: 'button', class: 'quiet', onclick: () => showLogsOf(failure.instance) }, `Logs of instance ${failure.instance}`));
  }
  if (!lines.length) lines.push(h('p', null, 'Nothing.'));
  place.draw(lines, JSON.stringify([failure, isOver, hanging, trouble, state.caller]));
}

/** @param {State} state @param {Answer} place */
function drawWork(state, place) {
  const lines = [];
  for (const operation of state.operations.filter(({ done }) => !done)) lines.push(h('p', null, `A ${name(operation.kind)} is under way.`), progressOf(operation));
  const counts = new Map();
  for (const each of placesOf(state)) {
    const [word] = stateOf(each);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const waiting = state.instances.filter(({ nextTryAt }) => nextTryAt).sort((left, right) => (left.nextTryAt ?? '').localeCompare(right.nextTryAt ?? ''));
  const [first] = waiting;
  if (first?.nextTryAt) {
    lines.push(h('p', null, `Instance ${first.instance} is tried again `, h('span', { 'data-until': first.nextTryAt }, until(first.nextTryAt)),
      `, after ${counted(first.failuresInARow, 'failure')} in a row${waiting.length > 1 ? `; so are ${waiting.length - 1} more` : ''}.`));
  }
  if (counts.get('gave up')) lines.push(h('p', { class: 'failure' }, `${counted(counts.get('gave up'), 'instance')} gave up. A scale, a reload or a restart tries again.`));
  for (const word of ['starting', 'replacing', 'leaving', 'draining']) {
    if (counts.get(word)) lines.push(h('p', null, `${counted(counts.get(word), 'worker')} ${word}.`));
  }
  if (!lines.length) lines.push(h('p', null, 'Nothing needs to be done.'));
  place.draw(lines, JSON.stringify([state.operations.filter(({ done }) => !done), first?.nextTryAt, waiting.length, [...counts]]));
}

/** @param {State} state */
function changesOf({ changes }) {
  if (!changes.length) return [h('p', null, 'Nothing that is known.')];
  // The end of an operation tells its beginning too.
  const ended = new Set(changes.filter(({ data }) => data.step === 'ended').map(({ data }) => data.name));
  const telling = changes.filter(({ data }) => data.step !== 'began' || !ended.has(data.name));
  return [h('ul', { class: 'plain-list' }, ...telling.slice(0, 3).map((event) => h('li', null,
    sentence(phraseOf(event)),
    ' ', agoSince(event.time, 'muted small'))))];
}

/** @param {import('./store.js').Event} event */
function phraseOf(event) {
  const title = titles[event.type];
  return title ? `${title}: ${detail(event)}` : detail(event);
}

const titles = /** @type {Record<string, string>} */ ({
  scale: 'Scaled', agentStart: 'The agent started', agentStop: 'The agent stops',
});

/** @param {State} state @param {import('./api.js').Api} api @param {Answer} place */
function drawActions(state, api, place) {
  const running = state.operations.find(({ done }) => !done);
  const lines = [];
  if (!may(state, 'operate')) lines.push(h('p', null, 'Look. This token may only read.'));
  else {
    lines.push(h('div', { class: 'buttons' },
      h('button', { type: 'button', id: 'reload', class: 'strong', onclick: () => reload(api, state) }, 'Reload…'),
      h('button', { type: 'button', id: 'scale', onclick: () => scale(api, state) }, 'Scale…'),
      running ? h('button', { type: 'button', onclick: () => cancel(api, running) }, `Cancel the ${name(running.kind)}…`) : null),
    h('p', { class: 'muted small' }, 'Each instance below has its own: restart, pause, send, disconnect, kill.'));
  }
  place.draw(lines, JSON.stringify([state.caller, running?.name, state.cluster?.desired, state.cluster?.settings.exec]));
}
