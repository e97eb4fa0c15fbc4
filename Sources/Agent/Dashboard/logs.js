// SPDX-License-Identifier: Apache-2.0
// What workers print. Scrolling up pauses it; scrolling to the end goes on.

import { errorText, sheet } from './dialogs.js';
import { byId, fill, h, setText } from './dom.js';
import { clock } from './format.js';
import { Follow } from './follow.js';
import { beginning, printed } from './text.js';

/** Lines in the document, and characters of each: a line may have 64 KiB. */
const [mostLines, mostCharacters] = [500, 2000];

/** @param {Page.Api} api */
export function showLogs(api) {
  const panel = byId('logs');
  const problem = h('div', { class: 'problem', role: 'alert' });
  const instance = h('input', { id: 'log-instance', type: 'text', pattern: '[0-9]{1,9}|forked|primary', size: 6, placeholder: 'all' });
  const stream = h('select', { id: 'log-stream' }, h('option', { value: '' }, 'both'), h('option', null, 'stdout'), h('option', null, 'stderr'));
  const text = h('input', { id: 'log-text', type: 'search', size: 14, placeholder: 'text' });
  const toggle = h('button', { id: 'log-pause', onclick: () => (isPaused ? resume() : pause()) }, 'Pause');
  panel.querySelector('.panel-head')?.append(
    h('label', { class: 'in-line' }, 'Instance ', instance), h('label', { class: 'in-line' }, 'Stream ', stream),
    h('label', { class: 'in-line' }, 'Contains ', text), toggle);
  const list = h('ol', { class: 'lines', hidden: true, tabindex: 0, 'aria-label': 'What workers print', role: 'log', 'aria-live': 'off' });
  const empty = h('p', { class: 'muted' }, 'Nothing has been printed yet.');
  panel.append(problem, list, empty);

  let [isPaused, isActive, isSeen] = [false, false, false];
  const follow = new Follow(api, (lines, isFresh) => {
    if (isFresh) fill(list);
    list.append(...lines.map(row));
    while (list.childElementCount > mostLines) list.firstElementChild?.remove();
    empty.hidden = list.childElementCount > 0;
    list.hidden = !empty.hidden;
    list.scrollTop = list.scrollHeight;
  }, (error) => fill(problem, error ? errorText(error) : null));

  function update() {
    if (isActive && isSeen && !isPaused) follow.start();
    else follow.stop();
    setText(toggle, isPaused ? 'Follow' : 'Pause');
    panel.classList.toggle('paused', isPaused);
  }
  function pause() {
    isPaused = true;
    update();
  }
  function resume() {
    isPaused = false;
    list.scrollTop = list.scrollHeight;
    update();
  }
  function choose() {
    if (!instance.checkValidity()) return;
    follow.choose({ instance: instance.value, stream: stream.value, contains: text.value });
    resume();
  }
  for (const control of [instance, stream, text]) control.addEventListener('change', choose);
  list.addEventListener('scroll', () => {
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    if (isPaused && isAtEnd) resume();
    else if (!isPaused && !isAtEnd) pause();
  }, { passive: true });
  // What nobody sees is not read.
  new IntersectionObserver(([entry]) => ((isSeen = entry.isIntersecting), update())).observe(panel);

  return {
    /** @param {number} number */
    filter(number) {
      instance.value = String(number);
      choose();
      byId('logs-title').scrollIntoView();
      list.focus({ preventScroll: true });
    },
    /** @param {boolean} active */
    setActive(active) {
      isActive = active;
      update();
    },
  };
}

/** @param {Page.Line} line */
function row({ time, workerId, instance, stream, line, partial }) {
  const whole = printed(line);
  const from = instance != null ? `${instance}` : workerId != null ? `worker ${workerId}` : '';
  const item = h('li', { class: stream },
    h('time', { datetime: time }, clock(time)), h('span', { class: 'from', title: workerId == null ? '' : `worker ${workerId}` }, from),
    h('span', { class: 'text' }, whole.slice(0, mostCharacters)));
  if (whole.length > mostCharacters) {
    item.append(h('button', { class: 'quiet', onclick: () => showLine(whole, partial) }, beginning(whole, mostCharacters).slice(mostCharacters)));
  }
  return item;
}

/** @param {string} whole @param {boolean | undefined} partial */
function showLine(whole, partial) {
  sheet('One line', partial ? h('p', { class: 'muted' }, 'The line is longer than 64 KiB; it goes on in the next one.') : null,
    h('pre', { class: 'printed', tabindex: 0 }, whole));
}
