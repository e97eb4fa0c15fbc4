// SPDX-License-Identifier: Apache-2.0
// Calls of the agent's API: api/openapi.yaml.

import { setAgentTime } from './format.js';

/** Why a call failed, in the agent's words. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} status of HTTP; 0 if the agent did not answer
   * @param {string} reason the contract's code; it never changes
   * @param {string} requestId
   */
  constructor(message, status = 0, reason = 'NO_ANSWER', requestId = '') {
    super(message);
    this.status = status;
    this.reason = reason;
    this.requestId = requestId;
  }
}

const patience = 20_000;
/** Debian's TypeScript does not know all of it yet. */
const signals = /** @type {any} */ (AbortSignal);

export class Api {
  #token;
  #onSignedOut;

  /**
   * @param {string | null} token null for an agent that asks for none
   * @param {(error: ApiError) => void} onSignedOut called if the token does not count any more
   */
  constructor(token, onSignedOut) {
    this.#token = token;
    this.#onSignedOut = onSignedOut;
  }

  /**
   * @param {string} path relative, so that a proxy may serve the agent below a path of its own
   * @param {Page.Query} [query] @param {AbortSignal} [signal]
   * @param {number} [most] milliseconds
   */
  async get(path, query = {}, signal, most) {
    const response = await this.#call(path, query, {}, within(signal, most));
    return await json(response);
  }

  /** Why the agent cannot do all its work; empty if it can, or if a proxy does not let this call through. This answer is no
   * refusal, whatever its status.
   */
  async trouble() {
    try {
      const response = await fetch(new URL('readyz', document.baseURI), { signal: within(undefined), cache: 'no-store', credentials: 'omit' });
      return String((await json(response)).reason ?? '');
    } catch {
      return '';
    }
  }

  /** A command. Its key makes sure that it is done once, even if a proxy repeats it.
   * @param {string} path @param {object} [body]
   */
  async post(path, body = {}) {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomKey() };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return await json(await this.#call(path, {}, init, within(undefined)));
  }

  /** An answer that goes on.
   * @param {string} path @param {Page.Query} query @param {AbortSignal} signal
   */
  async open(path, query, signal) {
    return await this.#call(path, query, { headers: { Accept: 'application/x-ndjson' } }, signal);
  }

  /**
   * @param {string} path @param {Page.Query} query @param {RequestInit} init @param {AbortSignal} signal
   */
  async #call(path, query, init, signal) {
    const url = new URL(path, document.baseURI);
    // URLSearchParams would write a space as +, which is a plus sign here (RFC 3986).
    url.search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    const headers = new Headers(init.headers);
    if (this.#token) headers.set('Authorization', `Bearer ${this.#token}`);
    const options = /** @type {RequestInit} */ ({
      ...init, headers, signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
    });
    const response = await fetch(url, options).catch((cause) => {
      throw signal.aborted && cause?.name === 'AbortError' ? cause : new ApiError('the agent does not answer');
    });
    setAgentTime(response.headers.get('Date'));
    if (response.ok) return response;
    const error = await refusal(response);
    if (error.status === 401) this.#onSignedOut(error);
    throw error;
  }
}

/** @param {AbortSignal | undefined} signal */
function within(signal, most = patience) {
  const limit = signals.timeout(most);
  return signal ? signals.any([signal, limit]) : limit;
}

/** @param {Response} response */
async function json(response) {
  try {
    return await response.json();
  } catch {
    throw new ApiError('the answer broke off', response.status);
  }
}

/** @param {Response} response */
async function refusal(response) {
  const id = response.headers.get('X-Request-Id') ?? '';
  try {
    const { error } = await response.json();
    return new ApiError(String(error.message), response.status, String(error.details[0].reason), id);
  } catch {
    // A proxy's words.
    return new ApiError(`the answer was ${response.status} ${response.statusText}`, response.status, 'UNKNOWN', id);
  }
}

/** `crypto.randomUUID` is only there with TLS or on this machine. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
