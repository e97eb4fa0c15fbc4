// SPDX-License-Identifier: Apache-2.0
// How workers are started, and by which rules they are replaced.

import { byId, fill, h } from './dom.js';
import { bytes, duration } from './format.js';
import { name } from './text.js';

/** @param {Page.Store} store */
export function showSettings(store) {
  const body = h('div', { class: 'two' });
  byId('settings').append(body);
  let wrote = '';
  store.show(['cluster', 'supervision'], ({ cluster, supervision }) => {
    const text = JSON.stringify([cluster?.settings, supervision]);
    if (text === wrote) return;
    wrote = text;
    fill(body, list('How workers start', cluster?.settings), list('When they are replaced', supervision));
  });
}

/** @param {string} title @param {Page.Data | null | undefined} values */
function list(title, values) {
  const lines = Object.entries(values ?? {}).filter(([key]) => key !== 'etag');
  return h('div', null, h('h3', null, title), h('dl', { class: 'facts' },
    ...lines.flatMap(([key, value]) => [h('dt', null, name(key)), h('dd', null, inWords(key, value))])));
}

/** @param {string} key @param {any} value */
function inWords(key, value) {
  if (value === null || (Array.isArray(value) && !value.length)) return h('span', { class: 'muted' }, '–');
  if (typeof value === 'number' && key.endsWith('Ms')) return value === 0 ? '0' : duration(value);
  if (typeof value === 'number' && key.endsWith('Bytes')) return bytes(value);
  return name(typeof value === 'string' ? value : JSON.stringify(value), 1000);
}
