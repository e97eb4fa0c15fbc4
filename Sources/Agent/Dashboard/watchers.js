// SPDX-License-Identifier: Apache-2.0
// Who reads the events or what workers print, as it comes.

import { byId, fill, h } from './dom.js';
import { ago } from './format.js';
import { name } from './text.js';

/** @param {Page.Store} store */
export function showWatchers(store) {
  const list = h('ul', { class: 'plain-list' });
  byId('watchers').append(list);
  store.show(['watchers'], ({ watchers }) => {
    const groups = new Map();
    for (const { principal, watches, since } of watchers) {
      const key = `${principal}\n${watches}`;
      const group = groups.get(key) ?? { principal, watches, since, count: 0 };
      group.count += 1;
      if (since > group.since) group.since = since;
      groups.set(key, group);
    }
    fill(list, ...[...groups.values()].slice(0, 100).map(({ principal, watches, since, count }) => h('li', null,
      h('strong', null, name(principal)), count > 1 ? ` × ${count}` : '',
      h('span', { class: 'muted' }, ` ${name(watches)}, since ${ago(since)}`))));
    if (!groups.size) fill(list, h('li', { class: 'muted' }, 'Nobody.'));
  });
}
