// SPDX-License-Identifier: Apache-2.0
// Signs in, puts the page together, and stops asking while nobody sees it.

import { Api, ApiError } from './api.js';
import { byId, setText } from './dom.js';
import { Feed, showEvents } from './events.js';
import { showExits } from './exits.js';
import { showFleet } from './fleet.js';
import { now } from './format.js';
import { showInstances } from './instances.js';
import { showLogs } from './logs.js';
import { note } from './dialogs.js';
import { showOperations } from './operations.js';
import { Refresher } from './refresh.js';
import { RegistryReader } from './registry.js';
import { forgetToken, keepToken, takeToken } from './session.js';
import { showSettings } from './settings.js';
import { showStatus } from './status.js';
import { Store, may } from './store.js';
import { name } from './text.js';
import { showWatchers } from './watchers.js';

const form = /** @type {HTMLFormElement} */ (byId('sign-in-form'));
const field = /** @type {HTMLInputElement} */ (byId('token'));

/** @param {string} problem */
function showSignIn(problem) {
  byId('board').hidden = true;
  byId('bar').hidden = true;
  byId('sign-in').hidden = false;
  setText(byId('sign-in-problem'), problem);
  field.value = '';
  field.focus();
}

const again = 5000;
let isSigningIn = false;

/** Asks the agent who the caller is, and begins if it says so.
 * @param {string | null} token
 */
async function signIn(token) {
  if (isSigningIn) return;
  isSigningIn = true;
  const api = new Api(token, (error) => signOut(error.message));
  let caller;
  try {
    // Without a token too: the agent may ask for none, or know the caller by a certificate.
    caller = await new Api(token, () => {}).get('v1/caller');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    isSigningIn = false;
    if (error.status === 401) forgetToken();
    // A screen on a wall has nobody who reloads it.
    else setTimeout(() => field.value || signIn(token), again);
    showSignIn(token === null && error.status === 401 ? '' : `${error.message} (${name(error.reason)})`);
    return;
  }
  if (token) keepToken(token);
  await begin(api, caller, token !== null);
}

/** The page begins anew, without anything of the caller before.
 * @param {string} [problem]
 */
function signOut(problem) {
  forgetToken();
  if (problem) window.sessionStorage.setItem('cluster.problem', problem);
  window.location.reload();
}

/** @param {Api} api @param {Page.Caller} caller @param {boolean} hasToken */
async function begin(api, caller, hasToken) {
  const store = new Store();
  const feed = new Feed(api);
  const logs = may({ ...store.state, caller }, 'operate') ? showLogs(api) : null;
  byId('logs').hidden = !logs;
  showStatus(store, api, (instance) => logs?.filter(instance));
  const figures = showInstances(store, api);
  showFleet(store);
  showEvents(store, feed);
  showOperations(store, api);
  showExits(store);
  showWatchers(store);
  showSettings(store);
  showBar(store, hasToken);
  const registry = new RegistryReader(api, store);
  const didFeed = () => store.set({ feed: store.state.feed + 1 });
  const refresher = new Refresher(api, store, {
    onEvents: (events) => (feed.add(events), didFeed()),
    onGap: async () => {
      note('Not all that happened meanwhile can be read. What is shown begins anew.', 'bad');
      await feed.load().catch(() => {});
      didFeed();
    },
    onOther: () => window.location.reload(),
  });
  byId('sign-in').hidden = true;
  byId('bar').hidden = false;
  byId('board').hidden = false;
  store.set({ caller });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) refresher.pause();
    else refresher.resume();
    if (!document.hidden) figures.reset();
    logs?.setActive(!document.hidden);
    registry.setActive(!document.hidden);
  });
  registry.setActive(!document.hidden);
  await follow();
  logs?.setActive(!document.hidden);
  if (document.hidden) refresher.pause();

  /** What is there already, and then what comes. */
  async function follow() {
    for (;;) {
      try {
        const seq = await feed.load().catch(withoutHistory);
        didFeed();
        return await refresher.start(seq);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        store.set({ link: { live: false, since: now(), problem: text } });
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
    }
  }
}

/** The page begins with what happens from now on, if the agent cannot read what has happened.
 * @param {unknown} error
 * @returns {'latest'}
 */
function withoutHistory(error) {
  if (!(error instanceof ApiError) || error.reason !== 'HISTORY_UNAVAILABLE') throw error;
  note(error.message, 'bad');
  return 'latest';
}

/** @param {Store} store @param {boolean} hasToken */
function showBar(store, hasToken) {
  const signOutButton = byId('sign-out');
  signOutButton.hidden = !hasToken;
  signOutButton.addEventListener('click', () => signOut());
  store.show(['version', 'cluster', 'caller', 'link', 'fleet'], ({ version, cluster, caller, link, fleet }) => {
    setText(byId('agent-name'), name(fleet?.name ?? version?.hostname ?? 'Cluster', 80));
    setText(byId('agent-program'), name(cluster?.settings.exec ?? ''));
    setText(byId('caller'), caller ? `${name(caller.principal, 80)}, ${caller.role}` : '');
    setText(byId('link'), link.live ? 'Live' : link.problem ? 'Not live: trying again' : 'Connecting');
    byId('link').dataset.live = String(link.live);
  });
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const token = field.value.trim();
  if (token) signIn(token);
});
// A link that is opened in a tab that has the page already.
window.addEventListener('hashchange', () => {
  if (window.location.hash.startsWith('#token=')) {
    takeToken();
    window.location.reload();
  }
});

const problem = window.sessionStorage.getItem('cluster.problem');
window.sessionStorage.removeItem('cluster.problem');
if (problem) showSignIn(problem);
else signIn(takeToken());
