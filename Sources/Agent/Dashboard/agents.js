// SPDX-License-Identifier: Apache-2.0
// An agent of the fleet: how much it needs somebody, and where its own page is. Many machines write into the registry, so
// nothing that stands there is trusted.

import { h, state } from './dom.js';
import { ago, counted, now } from './format.js';
import { phaseOf } from './places.js';

/** So many events wait only if something is wrong. */
export const manyWaiting = 1000;

/** The less, the more an agent needs somebody. From `gaveUp` to `behind` they are not stable. */
const [lost, gaveUp, behind, well, stopped] = [0, 1, 5, 6, 7];
const severities = new Map([['gaveUp', gaveUp], ['failing', 2], ['degraded', 3]]);

/** @param {Page.FleetAgent} agent */
function needOf({ state, phase, ready, desired, waiting }) {
  if (state !== 'live') return state === 'stopped' ? stopped : lost;
  const isShort = (ready ?? 0) < (desired ?? 0);
  // A reload is no trouble while all that are wanted are there.
  if (isShort || (phase && !['stable', 'progressing'].includes(phase))) return severities.get(phase ?? '') ?? behind - 1;
  return waiting > manyWaiting ? behind : well;
}

const byName = new Intl.Collator('en', { numeric: true });

/** Those first that need somebody, and then by name.
 * @param {Page.FleetAgent[]} agents
 */
export function worstFirst(agents) {
  return agents.sort((left, right) => needOf(left) - needOf(right) || byName.compare(left.name, right.name));
}

/** An agent's state as a shape and a word.
 * @param {Page.FleetAgent} agent
 * @returns {[string, string]}
 */
export function lifeOf({ state }) {
  return state === 'live' ? ['good', 'live'] : state === 'stopped' ? ['plain', 'stopped'] : ['ended', 'lost'];
}

/** What its supervision says, or that its events wait.
 * @param {Page.FleetAgent} agent
 */
export function phaseMark(agent) {
  return needOf(agent) === behind ? state('poor', 'Behind') : state(...phaseOf(agent.phase, agent.state === 'live'));
}

/** How many workers are ready and wanted; nobody knows what those of a lost agent do.
 * @param {Page.FleetAgent} agent
 */
export function readyOf({ state, ready, desired }) {
  if (state === 'stopped' || (!desired && !ready)) return '–';
  return `${state === 'live' ? (ready ?? 0).toLocaleString('en') : '–'}/${(desired ?? 0).toLocaleString('en')}`;
}

/** By how much the database's clock is ahead of the agent's, in milliseconds. Agents report every ten seconds, and living ones have
 * within thirty. The middle one counts: one row may say anything.
 * @param {Page.FleetAgent[]} agents
 */
export function aheadOf(agents) {
  const ages = agents.filter((agent) => agent.state === 'live').map(({ lastSeenAt }) => now() - Date.parse(lastSeenAt)).sort((left, right) => left - right);
  const age = ages[ages.length >> 1] ?? 0;
  return age < 0 || age > 30_000 ? -age : 0;
}

/** @param {Page.FleetAgent} agent @param {Page.Registry} registry */
export function seenAgo({ lastSeenAt }, { ahead }) {
  return ago(Date.parse(lastSeenAt) - ahead);
}

/** A link to an agent's page; null if an endpoint cannot be one. That page learns nothing from this one, not even where one
 * comes from, and a password, a query or a #token in an endpoint go nowhere.
 * @param {string} endpoint @param {string} text @param {string} [label]
 */
export function pageLink(endpoint, text, label) {
  let url;
  try {
    url = new URL(endpoint);
  } catch {
    return null;
  }
  if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password) return null;
  return h('a', { href: url.origin + url.pathname, target: '_blank', rel: 'noopener noreferrer', 'aria-label': label, title: url.host }, text);
}

/** How the fleet stands: a shape, a few words and a sentence.
 * @param {Page.State} state
 * @returns {[string, string, string]}
 */
export function fleetVerdict({ registry: { agents, readAt, problem } }) {
  if (problem) return ['ended', 'Not known', `${problem}.`];
  if (!readAt) return ['plain', '…', ''];
  const needs = agents.map(needOf);
  const count = (from = 0, end = from + 1) => needs.filter((need) => need >= from && need < end).length;
  const [gone, unwell, late, living, ended] = [count(lost), count(gaveUp, behind), count(behind), count(gaveUp, stopped), count(stopped)];
  let [ready, desired] = [0, 0];
  for (const agent of agents) {
    if (agent.state === 'live') ready += Math.min(agent.ready ?? 0, agent.desired ?? 0);
    if (agent.state !== 'stopped') desired += agent.desired ?? 0;
  }
  const sentence = `${living.toLocaleString('en')} of ${counted(living + gone, 'agent')} live${ended ? `, ${ended.toLocaleString('en')} stopped` : ''}. ${ready.toLocaleString('en')} of ${counted(desired, 'worker')} ready.`;
  if (gone) return ['ended', `${counted(gone, 'agent')} lost`, sentence];
  const [tone] = phaseOf(agents[0]?.phase);
  if (unwell) return [tone === 'good' ? 'poor' : tone, `${counted(unwell, 'agent')} not stable`, sentence];
  return late ? ['poor', `${counted(late, 'agent')} behind`, sentence] : ['good', 'All stable', sentence];
}

/** What is wrong with an agent, in words; empty if nothing is.
 * @param {Page.FleetAgent} agent @param {Page.Registry} registry
 */
export function wrongWith(agent, registry) {
  const need = needOf(agent);
  if (need === lost) return `lost, last seen ${seenAgo(agent, registry)}`;
  if (need < behind) return `${phaseOf(agent.phase)[1].toLowerCase()}, ${readyOf(agent)} ready`;
  return need === behind ? `${counted(agent.waiting, 'event')} wait` : '';
}
