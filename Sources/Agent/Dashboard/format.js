// SPDX-License-Identifier: Apache-2.0
// Figures and times as people read them.

/** How far this machine's clock is ahead of the agent's, in milliseconds. */
let ahead = 0;

/** Ages are counted by the agent's clock. `Date` has whole seconds, so small differences are none.
 * @param {string | null} date the header of an answer
 */
export function setAgentTime(date) {
  const time = date ? Date.parse(date) : NaN;
  if (Number.isNaN(time)) return;
  const difference = Date.now() - time;
  ahead = Math.abs(difference) < 2500 ? 0 : difference;
}

/** The agent's time now, in milliseconds since 1970. */
export function now() {
  return Date.now() - ahead;
}

/** `850 ms`, `12 s`, `5 min 3 s`, `3 h 12 min`, `4 d 2 h`
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const whole = Math.max(0, milliseconds);
  if (whole < 1000) return `${Math.round(whole)} ms`;
  if (whole < 10_000) return `${(Math.floor(whole / 100) / 10).toString()} s`;
  return longDuration(Math.floor(whole / 1000));
}

/** @param {number} seconds */
function longDuration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const pairs = /** @type {[number, string, number, string][]} */ ([
    [60, 'min', 1, 's'], [3600, 'h', 60, 'min'], [86_400, 'd', 3600, 'h'],
  ]);
  const [unit, long, small, short] = pairs.filter(([size]) => seconds >= size).at(-1) ?? pairs[0];
  const rest = Math.floor((seconds % unit) / small);
  return `${Math.floor(seconds / unit)} ${long}${rest ? ` ${rest} ${short}` : ''}`;
}

/** How long ago that was: whole seconds, because it is written again each second.
 * @param {string} time
 */
export function age(time) {
  return longDuration(Math.max(0, Math.floor((now() - Date.parse(time)) / 1000)));
}

/** Roughly how long ago that was: `3 min ago`.
 * @param {string | number} time
 */
export function ago(time) {
  const seconds = Math.floor((now() - (typeof time === 'number' ? time : Date.parse(time))) / 1000);
  return seconds < 2 ? 'just now' : `${longDuration(seconds).split(' ').slice(0, 2).join(' ')} ago`;
}

/** `in 3 s`, or `now` if that moment has come.
 * @param {string} time
 */
export function until(time) {
  const left = Date.parse(time) - now();
  return left <= 0 ? 'now' : `in ${longDuration(Math.ceil(left / 1000))}`;
}

const ofDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const withDay = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit',
});

/** The local time, with the day if that is not today.
 * @param {string} time
 */
export function clock(time) {
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime())) return '?';
  return (moment.toDateString() === new Date().toDateString() ? ofDay : withDay).format(moment);
}

/** `57 MiB`
 * @param {number | null | undefined} count
 */
export function bytes(count) {
  if (count == null) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [count, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A figure with two or three digits.
 * @param {number} value
 */
export function figure(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return (value < 10 ? value.toFixed(1) : value.toFixed(0)).replace(/\.0$/, '');
}

/** `1 worker`, `4 workers`
 * @param {number} count @param {string} noun
 */
export function counted(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {number} milliseconds */
export function inMilliseconds(milliseconds) {
  return `${figure(milliseconds)} ms`;
}

/** @param {number} share */
export function inPercent(share) {
  return `${figure(share * 100)} %`;
}
