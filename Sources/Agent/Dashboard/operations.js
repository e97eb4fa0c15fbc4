// SPDX-License-Identifier: Apache-2.0
// What is being changed, how far it is, and how it ended.

import { cancel } from './actions.js';
import { note } from './dialogs.js';
import { byId, fill, h, state as stateMark } from './dom.js';
import { clock, duration, now } from './format.js';
import { may } from './store.js';
import { name } from './text.js';
import { failureWords, operationWords, sentence } from './words.js';

const shown = 20;

/** How far it is, for eyes and screen readers.
 * @param {Page.Operation} operation
 */
export function progressOf({ kind, phase, progress }) {
  const { replaced, total } = progress;
  const words = phase === 'rolling' ? `${replaced} of ${total} done` : `${replaced} of ${total} done, ${phase}`;
  return h('div', { class: 'progress' }, h('progress', { max: Math.max(1, total), value: replaced, 'aria-label': `Progress of the ${name(kind)}` }),
    h('span', null, words));
}

/** @param {Page.Store} store @param {Page.Api} api */
export function showOperations(store, api) {
  const panel = byId('operations');
  const list = h('ol', { class: 'operations', reversed: true });
  const empty = h('p', { class: 'muted' }, 'No scale, restart or reload yet.');
  panel.append(empty, list);
  const [since, told] = [now(), new Set()];
  let wrote = '';

  store.show(['operations', 'caller'], (state) => {
    for (const operation of state.operations) {
      // Those that had ended before the page came are old news.
      const isNews = operation.endedAt !== null && Date.parse(operation.endedAt) > since;
      if (isNews && !told.has(operation.name)) {
        told.add(operation.name);
        note(`${sentence(operationWords(operation))}.`, operation.verdict === 'succeeded' ? 'good' : 'bad');
      }
    }
    const text = JSON.stringify([state.operations.slice(0, shown), state.caller]);
    if (text === wrote) return;
    wrote = text;
    empty.hidden = state.operations.length > 0;
    fill(list, ...state.operations.slice(0, shown).map((operation) => row(operation, may(state, 'operate') ? api : null)));
  });
}

const tones = new Map([['succeeded', 'good'], ['aborted', 'bad'], ['cancelled', 'ended'], ['interrupted', 'ended']]);

/**
 * @param {Page.Operation} operation
 * @param {Page.Api | null} api null: no button
 */
function row(operation, api) {
  const { kind, done, verdict, startedAt, endedAt, principal, failure } = operation;
  const [tone, word] = done ? [tones.get(verdict ?? '') ?? 'plain', name(verdict)] : ['moving', 'under way'];
  const took = done && endedAt ? `, took ${duration(Date.parse(endedAt) - Date.parse(startedAt))}` : '';
  return h('li', { 'data-operation': operation.name },
    h('p', null, h('strong', null, name(kind)), ' ', stateMark(tone, word)),
    done ? null : progressOf(operation),
    failure ? h('p', { class: 'failure' }, failureWords(failure)) : null,
    h('p', { class: 'muted small', title: startedAt }, `${clock(startedAt)}${took}${principal ? `, by ${name(principal)}` : ''}`),
    !done && api ? h('button', { onclick: () => cancel(api, operation) }, 'Cancel…') : null);
}
