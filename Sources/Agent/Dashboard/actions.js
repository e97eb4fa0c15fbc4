// SPDX-License-Identifier: Apache-2.0
// What the token's role allows. Each asks before it begins.

import { ask } from './dialogs.js';
import { h } from './dom.js';
import { counted } from './format.js';
import { name } from './text.js';

/** @param {Page.Worker} worker */
function named({ id, instance, pid }) {
  return `worker ${id}${instance == null ? '' : `, instance ${instance}`}${pid ? `, pid ${pid}` : ''}`;
}

/** @param {string} text @param {HTMLElement} control */
function field(text, control) {
  return h('label', { class: 'field' }, h('span', null, text), control);
}

/** @param {Page.Api} api @param {Page.State} state */
export function scale(api, state) {
  const wanted = state.cluster?.desired ?? 0;
  ask({
    title: 'Scale', answer: 'Scale',
    body: [
      h('p', null, `${counted(wanted, 'worker')} ${wanted === 1 ? 'is' : 'are'} wanted now. New ones start at once; those that are too many finish their connections and end.`),
      field('Workers', h('input', { name: 'workers', type: 'number', min: 0, max: 100000, step: 1, required: true, value: wanted })),
    ],
    run: async (data) => {
      const workers = Number(data.get('workers'));
      await api.post('v1/cluster:scale', { workers });
      return `Scaling to ${counted(workers, 'worker')}.`;
    },
  });
}

/** @param {Page.Api} api @param {Page.State} state */
export function reload(api, state) {
  ask({
    title: 'Reload', answer: 'Reload',
    body: [
      h('p', null, `Replaces ${counted(state.cluster?.desired ?? 0, 'worker')} of ${name(state.cluster?.settings.exec ?? 'the program')}, new ones first. If a new one fails, the old ones serve on.`),
      field('New ones at a time', h('input', { name: 'maxSurge', type: 'text', value: '1', required: true, pattern: '[1-9][0-9]{0,5}|(100|[1-9]?[0-9])%', title: 'a number, or a share such as 25%' })),
    ],
    run: async (data) => {
      const surge = String(data.get('maxSurge'));
      await api.post('v1/cluster:reload', { maxSurge: surge.endsWith('%') ? surge : Number(surge) });
      return 'The reload has begun.';
    },
  });
}

/** @param {Page.Api} api @param {Page.Worker} worker */
export function restart(api, worker) {
  ask({
    title: 'Restart', answer: 'Restart',
    body: [h('p', null, `Replaces ${named(worker)}. The new worker comes first; the old one goes when that one is ready.`)],
    run: async () => {
      await api.post(`v1/workers/${worker.id}:restart`);
      return `Worker ${worker.id} is being replaced.`;
    },
  });
}

/** No question: it is undone with one click.
 * @param {Page.Api} api @param {Page.Worker} worker
 */
export async function pause(api, worker) {
  await api.post(`v1/workers/${worker.id}:${worker.paused ? 'resume' : 'pause'}`);
  return worker.paused ? `Worker ${worker.id} gets new connections again.` : `Worker ${worker.id} gets no new connections.`;
}

/** @param {Page.Api} api @param {Page.Worker} worker */
export function disconnect(api, worker) {
  const fewer = worker.supervised ? ' One worker fewer is wanted then; to replace it, restart it instead.' : '';
  ask({
    title: 'Disconnect', answer: 'Disconnect', isHarmful: true,
    body: [
      h('p', null, `Tells ${named(worker)} to finish its connections and end.${fewer}`),
      field('End it after so many seconds at the latest (empty: it may take as long as it likes)',
        h('input', { name: 'deadline', type: 'number', min: 1, max: 86400, value: 30 })),
    ],
    run: async (data) => {
      const seconds = Number(data.get('deadline'));
      await api.post(`v1/workers/${worker.id}:disconnect`, seconds ? { deadlineMs: seconds * 1000 } : {});
      return `Worker ${worker.id} has been told to go.`;
    },
  });
}

const signals = ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGSTOP', 'SIGCONT'];

/** @param {Page.Api} api @param {Page.Worker} worker */
export function kill(api, worker) {
  const after = worker.supervised ? 'If it ends, another worker takes its place.' : 'Nobody replaces it.';
  ask({
    title: 'Kill', answer: 'Send the signal', isHarmful: true,
    body: [
      h('p', null, `Sends a signal to ${named(worker)}. Its open connections break if it ends. ${after}`),
      field('Signal', h('select', { name: 'signal' }, ...signals.map((signal) => h('option', null, signal)))),
    ],
    run: async (data) => {
      const signal = String(data.get('signal'));
      await api.post(`v1/workers/${worker.id}:kill`, { signal });
      return `${signal} was sent to worker ${worker.id}.`;
    },
  });
}

/** @param {Page.Api} api @param {Page.Worker} worker */
export function send(api, worker) {
  ask({
    title: 'Send a message', answer: 'Send',
    body: [
      h('p', null, `Arrives in ${named(worker)} at process.on('message').`),
      field('Message, in JSON', h('textarea', { name: 'message', rows: 5, required: true, spellcheck: 'false' }, '{"cmd": "hello"}')),
    ],
    run: async (data) => {
      let message;
      try {
        message = JSON.parse(String(data.get('message')));
      } catch (error) {
        throw new Error(`That is not JSON: ${/** @type {Error} */ (error).message}`);
      }
      const { accepted } = await api.post(`v1/workers/${worker.id}:send`, { message });
      return accepted ? `Sent to worker ${worker.id}.` : `Worker ${worker.id} reads slowly; the message is queued.`;
    },
  });
}

/** @param {Page.Api} api @param {Page.Operation} operation */
export function cancel(api, operation) {
  ask({
    title: `Cancel the ${operation.kind}`, answer: `Cancel the ${operation.kind}`, isHarmful: true,
    body: [h('p', null, 'New workers that have not proved good yet are stopped. What has been replaced stays.')],
    run: async () => {
      await api.post(`v1/${operation.name}:cancel`);
      return `The ${operation.kind} was cancelled.`;
    },
  });
}
