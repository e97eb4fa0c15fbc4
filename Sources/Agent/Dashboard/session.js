// SPDX-License-Identifier: Apache-2.0
// The token of this tab. It comes from the form, or from the link that `cluster-cli dashboard` prints.

const key = 'cluster.token';
const mark = '#token=';

/** The token of the link, or else the one of this tab. A link's token leaves the address bar and the tab's history at once.
 */
export function takeToken() {
  const { hash, pathname, search } = window.location;
  if (hash.startsWith(mark)) {
    window.history.replaceState(null, '', pathname + search);
    const token = decoded(hash.slice(mark.length));
    if (token) keepToken(token);
  }
  return window.sessionStorage.getItem(key);
}

/** @param {string} token */
export function keepToken(token) {
  window.sessionStorage.setItem(key, token);
}

export function forgetToken() {
  window.sessionStorage.removeItem(key);
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text;
  }
}
