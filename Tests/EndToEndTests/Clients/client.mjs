// SPDX-License-Identifier: Apache-2.0
// client.mjs PORT TOKEN: what a program with Node's fetch does with the API; prints a line and exits with 0.
import assert from 'node:assert/strict';

const [port, token] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}`;

async function call(method, path, body, headers = {}) {
  const response = await fetch(base + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { response, json: await response.json() };
}

assert.equal((await call('GET', '/v1/version')).json.apiVersion, 'v1');
assert.equal((await fetch(`${base}/v1/version`)).status, 401);

const watch = await fetch(`${base}/v1/events:watch?type=fork`, {
  headers: { Authorization: `Bearer ${token}`, Accept: 'application/x-ndjson' },
});
const key = { 'Idempotency-Key': 'node' };
const forked = await call('POST', '/v1/workers:fork', { count: 2, wait: 'listening' }, key);
assert.equal(forked.response.status, 201);

let text = '';
for await (const chunk of watch.body.pipeThrough(new TextDecoderStream())) {
  text += chunk;
  if (text.trim().split('\n').length >= 2 && text.endsWith('\n')) break;
}
const events = text.trim().split('\n').map((line) => JSON.parse(line));
assert.deepEqual(events.map((event) => event.workerId), forked.json.workers.map((worker) => worker.id));
assert.equal(events[0].requestId, forked.response.headers.get('x-request-id'));

const again = await call('POST', '/v1/workers:fork', { count: 2, wait: 'listening' }, key);
assert.deepEqual(again.json, forked.json);
assert.equal(again.response.headers.get('idempotent-replayed'), 'true');

const [first] = forked.json.workers;
const sent = await call('POST', `/v1/workers/${first.id}:send`, { message: { echo: 'worker' } });
assert.equal(sent.json.accepted, true);
const refused = await call('POST', `/v1/workers/${encodeURIComponent(`${first.id}:kill`)}`, { signal: 'SIGNONE' });
assert.equal(refused.response.status, 400);
assert.equal(refused.json.error.status, 'INVALID_ARGUMENT');
assert.equal((await call('POST', '/v1/cluster:disconnect', { wait: true })).response.status, 200);
console.log('ok');
