// SPDX-License-Identifier: Apache-2.0
// What stands over the page: questions, and what became of them.

import { ApiError } from './api.js';
import { byId, fill, h } from './dom.js';
import { name } from './text.js';

/** Asks, does it, and stays open if that fails, with the reason.
 * @param {Page.Question} question
 */
export function ask({ title, body, answer, isHarmful, run }) {
  const problem = h('div', { class: 'problem', role: 'alert' });
  const go = h('button', { type: 'submit', class: isHarmful ? 'danger' : 'strong' }, answer);
  const cancel = h('button', { onclick: () => dialog.close() }, 'Cancel');
  const form = h('form', { method: 'dialog' }, h('h2', null, title), ...body, problem,
    h('div', { class: 'buttons' }, cancel, go));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    go.disabled = true;
    fill(problem);
    try {
      const told = await run(new FormData(form));
      dialog.close();
      note(told);
    } catch (error) {
      go.disabled = false;
      go.focus();
      fill(problem, errorText(error));
    }
  });
  const dialog = open(form);
  const first = /** @type {HTMLElement | null} */ (form.querySelector('input, textarea, select'));
  (first ?? (isHarmful ? cancel : go)).focus();
}

let opened = 0;

/** Shows something until it is closed. Returns the dialog.
 * @param {HTMLElement} content begins with a heading, which names the dialog
 */
function open(content) {
  const title = content.querySelector('h2');
  // Two may be open at once.
  if (title) title.id = `dialog-title-${(opened += 1)}`;
  const dialog = h('dialog', { 'aria-labelledby': title?.id }, content);
  dialog.addEventListener('close', () => dialog.remove());
  // A click beside it closes it.
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Shows content below a title and a button that closes it.
 * @param {string} title @param {...Page.Child} content
 */
export function sheet(title, ...content) {
  const close = h('button', { class: 'quiet', onclick: () => dialog.close() }, 'Close');
  const dialog = open(h('div', { class: 'sheet' }, h('div', { class: 'panel-head' }, h('h2', null, title), close), ...content));
  return dialog;
}

/** Draws what a dialog shows, now and each second.
 * @param {HTMLDialogElement} dialog @param {() => void} draw
 */
export function keepDrawn(dialog, draw) {
  draw();
  const timer = setInterval(() => document.hidden || draw(), 1000);
  dialog.addEventListener('close', () => clearInterval(timer));
  return dialog;
}

/** An error with all that helps to find it in the agent's log.
 * @param {unknown} error
 */
export function errorText(error) {
  if (!(error instanceof ApiError)) return h('p', null, error instanceof Error ? error.message : String(error));
  const id = error.requestId ? `, request ${name(error.requestId)}` : '';
  return h('div', null, h('p', null, name(error.message, 2000)), h('p', { class: 'small' }, h('code', null, `${name(error.reason)}${id}`)));
}

const stay = 8000;

/** Tells something in passing.
 * @param {string} text @param {string} [tone]
 */
export function note(text, tone = 'plain') {
  if (!text) return;
  const close = h('button', { class: 'quiet', 'aria-label': 'Close', onclick: () => one.remove() }, '×');
  const one = h('div', { class: `note ${tone}` }, h('p', null, text), close);
  byId('notes').append(one);
  while (byId('notes').childElementCount > 4) byId('notes').firstElementChild?.remove();
  setTimeout(() => one.remove(), tone === 'bad' ? stay * 3 : stay);
}
