// SPDX-License-Identifier: Apache-2.0
// The answers, each drawn again only if it has changed.

import { cancel, reload, scale } from './actions.js';
import { wrongWith } from './agents.js';
import { h } from './dom.js';
import { ago, clock, counted, duration, until } from './format.js';
import { progressOf } from './operations.js';
import { placesOf, stateOf } from './places.js';
import { isGateway, may, maySeeFleet } from './store.js';
import { name } from './text.js';
import { detail, failureWords, sentence } from './words.js';

/** In milliseconds. */
const longLag = 60_000;

/** @param {string} time @param {string} [css] */
function agoSince(time, css = '') {
  return h('span', { class: css, title: time, 'data-ago': time }, ago(time));
}

/** @param {Page.State} state @param {Page.Answer} place @param {(instance: number) => void} showLogsOf */
export function drawFailures(state, place, showLogsOf) {
  const failure = state.cluster?.lastFailure;
  const hanging = placesOf(state).filter(({ worker }) => worker?.responsive === false).map(({ worker }) => worker?.id);
  const isOver = state.cluster?.phase === 'stable';
  // The failure below says more.
  const trouble = failure && /^no worker is ready/.test(state.trouble) ? '' : state.trouble;
  const behind = fleetTrouble(state);
  const unwell = isGateway(state) && !state.registry.problem ? state.registry.agents.filter((agent) => wrongWith(agent, state.registry)) : [];
  const lines = [];
  if (trouble) lines.push(h('p', { class: 'failure' }, `${sentence(name(trouble))}.`));
  if (hanging.length) lines.push(h('p', { class: 'failure' }, `${counted(hanging.length, 'worker')} hang${hanging.length === 1 ? 's' : ''}: ${hanging.slice(0, 5).join(', ')}.`));
  if (behind) lines.push(h('p', { class: 'failure' }, behind));
  for (const agent of unwell.slice(0, 4)) lines.push(h('p', { class: 'failure' }, `${name(agent.name, 80)}: ${wrongWith(agent, state.registry)}.`));
  if (unwell.length > 4) lines.push(h('p', null, `And ${counted(unwell.length - 4, 'agent')} more.`));
  if (failure) {
    lines.push(h('p', { class: isOver ? '' : 'failure' }, isOver && !lines.length ? `Nothing now. The last failure: ${failureWords(failure)}` : sentence(failureWords(failure))),
      h('p', { class: 'muted small' }, agoSince(failure.at), `, at ${clock(failure.at)}`));
    if (may(state, 'operate')) lines.push(h('button', { class: 'quiet', onclick: () => showLogsOf(failure.instance) }, `Logs of instance ${failure.instance}`));
  }
  if (!lines.length) lines.push(h('p', null, 'Nothing.'));
  place.draw(lines, JSON.stringify([failure, isOver, hanging, trouble, state.caller, behind, lines.map((line) => line.textContent)]));
}

/** Why the agent and its fleet do not know all of each other; empty if they do.
 * @param {Page.State} state
 */
function fleetTrouble({ fleet, registry }) {
  const trouble = fleet?.trouble ? `The fleet’s database cannot be used: ${fleet.trouble}` : registry.problem;
  const waiting = fleet?.waiting ? ` ${counted(fleet.waiting, 'event')} wait${fleet.waiting === 1 ? 's' : ''} here for the fleet’s database.` : '';
  if (trouble) return `${name(sentence(trouble.replace(/\s+/g, ' ').replace(/[.?]$/, '')))}.${waiting}`;
  return fleet && fleet.lagMs > longLag ? `${waiting.trim()} The oldest is ${duration(fleet.lagMs)} old.` : '';
}

/** @param {Page.State} state @param {Page.Answer} place */
export function drawWork(state, place) {
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

/** @param {Page.State} state @param {Page.Answer} place */
export function drawChanges({ changes }, place) {
  // The end of an operation tells its beginning too.
  const ended = new Set(changes.filter(({ data }) => data.step === 'ended').map(({ data }) => data.name));
  const telling = changes.filter(({ data }) => data.step !== 'began' || !ended.has(data.name));
  const lines = telling.slice(0, 3).map((event) => h('li', null, sentence(phraseOf(event)), ' ', agoSince(event.time, 'muted small')));
  const list = lines.length ? h('ul', { class: 'plain-list' }, ...lines) : h('p', null, 'Nothing that is known.');
  place.draw([list], `changes ${telling.slice(0, 3).map(({ seq }) => seq).join()}`);
}

/** @param {Page.Event} event */
function phraseOf(event) {
  const title = titles[event.type];
  return title ? `${title}: ${detail(event)}` : detail(event);
}

const titles = /** @type {Page.Words} */ ({
  scale: 'Scaled', agentStart: 'The agent started', agentStop: 'The agent stops',
});

/** @param {Page.State} state @param {Page.Api} api @param {Page.Answer} place */
export function drawActions(state, api, place) {
  const running = state.operations.find(({ done }) => !done);
  const lines = [];
  if (isGateway(state)) lines.push(h('p', null, 'Press an agent. It is changed on its own page, which asks for a token of its own.'));
  else if (!may(state, 'operate')) lines.push(h('p', null, 'Look. This token may only read.'));
  else {
    lines.push(h('div', { class: 'buttons' },
      h('button', { id: 'reload', class: 'strong', onclick: () => reload(api, state) }, 'Reload…'),
      h('button', { id: 'scale', onclick: () => scale(api, state) }, 'Scale…'),
      running ? h('button', { onclick: () => cancel(api, running) }, `Cancel the ${name(running.kind)}…`) : null),
    h('p', { class: 'muted small' }, 'Each instance below has its own: restart, pause, send, disconnect, kill.'));
  }
  if (state.caller?.fleet && !maySeeFleet(state)) {
    lines.push(h('p', { class: 'muted small' }, 'This agent belongs to a fleet. A token with the scope fleet shows it here.'));
  }
  place.draw(lines, JSON.stringify([state.caller, isGateway(state), running?.name, state.cluster?.desired, state.cluster?.settings.exec]));
}
