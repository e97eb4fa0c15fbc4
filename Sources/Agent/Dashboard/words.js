// SPDX-License-Identifier: Apache-2.0
// Events, failures and operations in words; the same as cluster-cli's.

import { bytes, counted, duration } from './format.js';
import { name, printed } from './text.js';

/** Types of events that may be somebody's change. */
export const changeTypes = ['scale', 'operation', 'agentStart', 'agentStop', 'command'];
const changingPath = /:(kill|disconnect|pause|resume|supervise|fork|setupPrimary|setupMaster)$/;

/** Whether somebody changed something. An operation's progress is its own, and its command is told by the operation.
 * @param {Page.Event} event
 */
export function isChange({ type, data }) {
  if (type === 'operation') return data.step === 'began' || data.step === 'ended';
  if (type === 'command') return data.status < 400 && changingPath.test(data.path);
  // The scale of an operation is told by the operation.
  if (type === 'scale') return data.because !== 'scale';
  return changeTypes.includes(type);
}

const reasons = /** @type {Page.Words} */ ({
  start: 'the agent started', scale: 'of a scale', disconnect: 'a worker was disconnected',
  disconnectAll: 'all workers were disconnected', kill: 'somebody killed its worker', restart: 'of a restart',
  reload: 'of a reload', withdrawn: 'its operation ended early', failure: 'its worker ended',
  notReady: 'its worker was not ready in time', unresponsive: 'its worker hung',
  channelClosed: 'its worker closed its channel', memory: 'its worker took too much memory',
  age: 'its worker reached its age', policy: 'the policy does not replace a worker that ends so',
});

const lastRuns = /** @type {Page.Words} */ ({
  none: 'the first start', stopped: 'after a stop', lost: 'after a kill or a crash',
  unknown: 'nobody knows how the last run ended',
});

/** What happened, without the event's type.
 * @param {Page.Event} event
 */
export function detail({ type, data, requestId }) {
  const by = data.principal ? `by ${name(data.principal)}` : '';
  const place = data.instance != null ? `instance ${data.instance}` : '';
  const because = data.because ? `because ${reasons[data.because] ?? name(data.because)}` : '';
  switch (type) {
    case 'fork': return phrase(place, program(data));
    case 'setup': return phrase(`settings revision ${data.settings?.revision}`, program(data.settings ?? {}), by);
    case 'listening': return data.port > 0 ? `${name(data.address ?? '*')}:${data.port}` : name(data.address ?? '');
    case 'leaving': return phrase(place, by || (data.reason === 'agentStopped' ? 'the agent stops' : 'the supervisor stops it'));
    case 'disconnect': return phrase(place, data.reason ? `closed by the agent: ${name(data.reason)}` : by);
    case 'exit': return phrase(place, exitWords(data), by || (requestId ? 'by a command' : ''), lastWords(data.stderr));
    case 'command': return phrase(commandWords(data), by);
    case 'agentStart': case 'agentStop':
      return phrase(name(data.version), name(data.reason ?? ''), lastRuns[data.lastRun?.end] ?? '');
    case 'gap': return phrase(`${data.lostMessages ?? data.lost ?? 'some'} events are missing`, name(data.reason ?? ''));
    case 'scale': return phrase(`from ${data.from} to ${data.to} workers`, because, by);
    case 'restart':
      return phrase(place, because, data.attempt > 1 ? `${data.attempt} failures in a row` : '',
        data.delayMs > 0 ? `next try in ${duration(data.delayMs)}` : '', by);
    case 'ready': return phrase(place, `${duration(data.afterMs)} after its fork`);
    case 'unresponsive': return phrase(place, `no answer for ${duration(data.forMs)}`);
    case 'responsive': return phrase(place, `answers again after ${duration(data.afterMs)}`);
    case 'limit': return phrase(place, limit(data));
    case 'gaveUp':
      return phrase(place, `tries no more after ${counted(data.failures, 'failure')} within ${duration(data.periodMs)}`, because);
    case 'resolved': return phrase(place, `the program was found anew: ${name(data.exec)}`);
    case 'operation': return operationEvent(data);
    default: return '';
  }
}

/** How good an event is: the name of a shape.
 * @param {Page.Event} event
 */
export function tone({ type, data }) {
  if (['listening', 'online', 'ready', 'responsive'].includes(type)) return 'good';
  if (['leaving', 'disconnect', 'limit', 'restart', 'fork'].includes(type)) return 'moving';
  if (type === 'unresponsive' || type === 'gap') return 'poor';
  if (type === 'gaveUp') return 'bad';
  if (type === 'exit') return data.code === 0 || data.principal ? 'plain' : 'bad';
  if (type === 'operation' && data.verdict) return data.verdict === 'succeeded' ? 'good' : 'bad';
  return 'plain';
}

const verbs = /** @type {Page.Words} */ ({
  setupPrimary: 'new settings', setupMaster: 'new settings', supervise: 'new rules of replacement', send: 'message to',
});

/** What a command asked for, and how it was answered if that was a refusal.
 * @param {Page.Data} data
 */
function commandWords({ path, status }) {
  const [, worker, verb] = /^\/v1\/(?:workers\/(\d+)|cluster|workers):(\w+)$/.exec(String(path)) ?? [];
  const asked = verb ? `${verbs[verb] ?? name(verb)}${worker ? ` worker ${worker}` : ''}` : name(path);
  return status < 400 ? asked : `${asked}: refused with ${status}`;
}

/** A text as the beginning of a sentence.
 * @param {string} text
 */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {...string} parts */
function phrase(...parts) {
  return parts.filter(Boolean).join(', ');
}

/** @param {Page.Data} data */
function program(data) {
  return name([data.exec ?? '', ...(data.args ?? [])].join(' '));
}

/** @param {Page.Data} data */
function exitWords(data) {
  if (data.reason === 'spawnFailed') return 'could not be started';
  if (data.reason === 'agentLost') return 'its agent was killed';
  const end = data.signal ? name(data.signal) : `code ${data.code ?? '?'}`;
  return data.uptimeMs == null ? end : `${end} after ${duration(data.uptimeMs)}`;
}

/** @param {Page.Data} data */
function limit(data) {
  if (data.bytes) return `${bytes(data.bytes)} of memory, more than ${bytes(data.maxBytes)}`;
  return `${duration(data.ageMs ?? 0)} old, as ${duration(data.maxAgeMs ?? 0)} allow`;
}

/** @param {Page.Data} data */
function operationEvent(data) {
  if (data.step === 'progressed') {
    const { replaced, total, instances } = data.progress ?? {};
    const one = instances?.[0];
    return phrase(`${replaced ?? '?'} of ${total ?? '?'}`, one ? `instance ${one.instance} ${steps[one.state] ?? name(one.state)}` : '');
  }
  return operationWords(/** @type {any} */ (data));
}

const steps = /** @type {Page.Words} */ ({
  waiting: 'waits', underWay: 'is under way', replaced: 'is done', failed: 'failed',
});
const verdicts = /** @type {Page.Words} */ ({
  succeeded: 'succeeded', aborted: 'aborted: the old workers serve on', cancelled: 'cancelled', interrupted: 'interrupted: the agent ended',
});

/** @param {Page.Operation} operation */
export function operationWords({ kind, verdict, done, failure, principal }) {
  const end = done ? verdicts[verdict ?? ''] ?? name(verdict) : 'began';
  return phrase(`${name(kind)} ${end}`, failure ? failureWords(failure) : '', principal ? `by ${name(principal)}` : '');
}

/** Which instance has failed, what happened to its worker, and its last words.
 * @param {Page.Failure} failure
 */
export function failureWords(failure) {
  const end = failure.signal ? ` by ${name(failure.signal)}` : failure.code != null ? ` with code ${failure.code}` : '';
  const happened = /** @type {Page.Words} */ ({
    exited: `ended${end}`, signaled: `ended${end}`, spawnFailed: 'could not be started',
    notReady: 'was not ready in time', unresponsive: 'did not answer', disconnected: 'closed its channel',
  });
  const worker = failure.workerId == null ? 'its worker' : `worker ${failure.workerId}`;
  const words = failure.message ? name(failure.message) : lastWords(failure.stderr);
  return `instance ${failure.instance}: ${worker} ${happened[failure.reason] ?? name(failure.reason)}${words ? `: ${words}` : ''}`;
}

/** The last line that reads like an error, or the last of all.
 * @param {string | null | undefined} stderr
 */
export function lastWords(stderr) {
  const lines = (stderr ?? '').split('\n').map(printed).filter((line) => line.trim());
  const line = lines.filter((each) => /^(\S*(Error|Exception)|error)\b[^:]*:/.test(each)).at(-1) ?? lines.at(-1) ?? '';
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
