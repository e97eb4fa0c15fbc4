// SPDX-License-Identifier: Apache-2.0
// All agents of the fleet, worst first, as its database has them.

import { fleetVerdict, lifeOf, manyWaiting, pageLink, phaseMark, readyOf, seenAgo, wrongWith } from './agents.js';
import { keepDrawn, note, sheet } from './dialogs.js';
import { byId, fill, h, setText, state as stateMark } from './dom.js';
import { clock } from './format.js';
import { Rows, cellsOf, tableOf } from './rows.js';
import { isGateway, maySeeFleet } from './store.js';
import { name } from './text.js';
import { sentence } from './words.js';

const columns = ['Agent', 'State', 'Ready', 'Phase', 'Groups', 'Waiting', 'Version', 'Last seen', 'Page'];

/** @param {Page.Store} store */
export function showFleet(store) {
  const panel = byId('fleet');
  const summary = h('p', { class: 'muted', role: 'status' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const rows = new Rows({
    label: 'Agents', heads: 1, key: (/** @type {Page.FleetAgent} */ agent) => agent.name, make: emptyRow,
    draw: (row, agent) => drawRow(row, agent, store.state), open: (agent) => showAgent(store, agent.name),
  });
  const table = tableOf('fleet-title', columns, 'f', rows.element);
  panel.querySelector('.panel-head')?.append(summary);
  panel.append(problem, table);

  store.show(['registry', 'caller', 'cluster', 'workers', 'version'], (state) => {
    const { agents, readAt } = state.registry;
    panel.hidden = !maySeeFleet(state);
    if (panel.hidden) return;
    place(panel, isGateway(state));
    // The state of a gateway says the same.
    summary.hidden = isGateway(state) || state.registry.problem !== '';
    setText(summary, fleetVerdict(state)[2]);
    setText(problem, problemOf(state.registry));
    panel.classList.toggle('old', problem.textContent !== '');
    table.hidden = !readAt;
    table.setAttribute('aria-rowcount', String(agents.length + 1));
    rows.set(agents);
  });
  // How long ago each was seen is counted on between two readings.
  setInterval(() => document.hidden || panel.hidden || !store.state.link.live || rows.draw(), 1000);
}

/** @param {Page.Registry} registry */
function problemOf({ problem, readAt }) {
  return problem && `${problem}.${readAt ? ` What you see is from ${clock(new Date(readAt).toISOString())}.` : ''}`;
}

/** An agent that runs nothing itself is there for its fleet, which comes first then.
 * @param {HTMLElement} panel @param {boolean} isFirst
 */
function place(panel, isFirst) {
  const before = byId(isFirst ? 'status' : 'instances');
  if (before.nextElementSibling !== panel) before.after(panel);
  document.body.classList.toggle('gateway', isFirst);
  const skip = /** @type {HTMLAnchorElement} */ (document.querySelector('.skip'));
  skip.href = isFirst ? '#fleet-title' : '#instances-title';
  setText(skip, `Skip to the ${isFirst ? 'fleet' : 'instances'}`);
}

function emptyRow() {
  const cells = cellsOf(columns, 'f');
  cells[0].append(h('button', { class: 'row-button' }));
  return h('div', { class: 'row', role: 'row' }, ...cells);
}

/** What each row shows. */
const drawn = new WeakMap();

/** @param {HTMLElement} row @param {Page.FleetAgent} agent @param {Page.State} state */
function drawRow(row, agent, { registry, version }) {
  const [first, life, ready, phase, groups, waiting, release, seen, page] = row.children;
  setText(seen, seenAgo(agent, registry));
  const text = JSON.stringify({ ...agent, lastSeenAt: '', own: version?.agentId });
  if (drawn.get(row) === text) return;
  drawn.set(row, text);
  const button = /** @type {HTMLElement} */ (first.firstElementChild);
  const [tone, word] = lifeOf(agent);
  setText(button, name(agent.name, 80));
  button.setAttribute('aria-label', `${name(agent.name, 80)}: ${word}. Show more`);
  row.dataset.tone = tone;
  fill(life, stateMark(tone, word));
  setText(ready, readyOf(agent));
  fill(phase, phaseMark(agent));
  setText(groups, name(agent.groups.join(', ')) || '–');
  setText(waiting, agent.waiting.toLocaleString('en'));
  waiting.classList.toggle('failure', agent.waiting > manyWaiting);
  setText(release, name(agent.version, 40));
  const isOwn = agent.agentId === version?.agentId;
  // A link that has the focus stays.
  const target = `${isOwn} ${agent.name} ${agent.endpoints}`;
  if (drawn.get(page) === target) return;
  drawn.set(page, target);
  const links = agent.endpoints.map((endpoint) => pageLink(endpoint, 'Open', `Open the page of ${name(agent.name, 80)}`));
  fill(page, isOwn ? h('span', { class: 'muted' }, 'this one') : links.find(Boolean) ?? '–');
}

/** All that the registry has about one agent, over the page.
 * @param {Page.Store} store
 * @param {string} key the agent's name
 */
function showAgent(store, key) {
  const facts = h('dl', { class: 'facts' });
  const [wrong, old] = [h('p', { class: 'failure' }), h('p', { class: 'problem', role: 'alert' })];
  const seen = h('span');
  const dialog = sheet(`Agent ${name(key, 80)}`, old, wrong, facts);
  let wrote = '';

  function draw() {
    const { registry } = store.state;
    const agent = registry.agents.find((each) => each.name === key);
    if (!agent) return note(`${name(key, 80)} is no longer listed.`), dialog.close();
    setText(old, problemOf(registry));
    setText(wrong, sentence(wrongWith(agent, registry)));
    wrong.hidden = !wrong.textContent;
    facts.parentElement?.classList.toggle('old', registry.problem !== '');
    setText(seen, `${clock(agent.lastSeenAt)}, ${seenAgo(agent, registry)}`);
    const text = JSON.stringify({ ...agent, lastSeenAt: '' });
    if (text === wrote) return;
    wrote = text;
    const lines = /** @type {[string, Page.Child][]} */ ([
      ['State', stateMark(...lifeOf(agent))], ['Phase', phaseMark(agent)],
      ['Workers', `${readyOf(agent)} ready`], ['Last seen', seen],
      ['Started', clock(agent.startedAt)], ['Events that wait', agent.waiting.toLocaleString('en')],
      ['Groups', name(agent.groups.join(', ')) || '–'], ['Host', name(agent.hostname)], ['Version', name(agent.version)],
      ['Id', name(agent.agentId)],
      ...agent.endpoints.slice(0, 20).map((endpoint) => ['Page', pageLink(endpoint, name(endpoint)) ?? name(endpoint)]),
      ...(agent.endpoints.length ? [] : [['Page', 'not known: its fleet.endpoints say where']]),
      ...(agent.state === 'lost' ? [['Gone for good?', 'cluster-cli fleet forget NAME']] : []),
    ]);
    fill(facts, ...lines.flatMap(([term, value]) => [h('dt', null, term), h('dd', null, value)]));
  }
  return keepDrawn(dialog, draw);
}
