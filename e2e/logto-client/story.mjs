// A story told by Logto's own client, @logto/api, unchanged, to a running server:
// every webhook operation it has. Settings come from the environment; the first
// difference ends the process with code 1.

import assert from 'node:assert/strict';
import { createApiClient, createManagementApi } from '@logto/api/management';

const { TIDINGS_URL, CLIENT_ID, CLIENT_SECRET, RECEIVER_URL, FAILING_URL } = process.env;

const { apiClient: logto, clientCredentials } = createManagementApi('default', {
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  baseUrl: TIDINGS_URL,
  apiIndicator: 'https://default.logto.app/api',
});

/** What a call must answer; gives the body back. */
const expect = async (call, status) => {
  const { data, error, response } = await call;
  assert.equal(response.status, status, JSON.stringify(error));
  return response.ok ? data : error;
};

const token = await clientCredentials.getAccessToken();
assert.equal(token.scope, 'all');

// create, get, list
const wanted = {
  name: 'Story',
  events: ['User.Created', 'PostSignIn'],
  config: { url: RECEIVER_URL, headers: { 'x-team': 'blue' } },
};
const created = await expect(logto.POST('/api/hooks', { body: wanted }), 201);
assert.deepEqual(
  { name: created.name, events: created.events, config: created.config },
  wanted,
);
assert.match(created.id, /^[0-9a-z]{21}$/);
assert.match(created.signingKey, /^[0-9A-Za-z]{32}$/);
assert.equal(created.enabled, true);
assert.equal(typeof created.createdAt, 'number');

const path = { id: created.id };
assert.deepEqual(await expect(logto.GET('/api/hooks/{id}', { params: { path } }), 200), created);
assert.deepEqual(await expect(logto.GET('/api/hooks'), 200), [created]);
const page = await logto.GET('/api/hooks', { params: { query: { page: 1, page_size: 20 } } });
assert.equal(page.response.headers.get('total-number'), '1');

// update
const updated = await expect(
  logto.PATCH('/api/hooks/{id}', { params: { path }, body: { events: ['User.Created'] } }),
  200,
);
assert.deepEqual(updated, { ...created, events: ['User.Created'] });

// a delivery, its log and the figures
const emitted = await fetch(`${TIDINGS_URL}/api/events`, {
  method: 'POST',
  headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' },
  body: JSON.stringify({ event: 'User.Created', data: { id: 'u1' } }),
});
assert.equal(emitted.status, 202);
const recentLogs = () =>
  expect(
    logto.GET('/api/hooks/{id}/recent-logs', {
      params: { path, query: { logKey: 'TriggerHook.User.Created', page_size: 100 } },
    }),
    200,
  );
let logs = await recentLogs();
for (const end = Date.now() + 20_000; logs.length === 0 && Date.now() < end; ) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  logs = await recentLogs();
}
assert.equal(logs.length, 1);
assert.equal(logs[0].payload.result, 'Success');
assert.equal(logs[0].payload.hookId, created.id);
assert.equal(logs[0].payload.hookRequest.body.data.id, 'u1');
assert.deepEqual(logs[0].payload.response, { body: { ok: true }, statusCode: 200 });
const log = await expect(logto.GET('/api/logs/{id}', { params: { path: { id: logs[0].id } } }), 200);
assert.deepEqual(log, { tenantId: 'default', ...logs[0] });
const counted = await expect(
  logto.GET('/api/hooks/{id}', { params: { path, query: { includeExecutionStats: 'true' } } }),
  200,
);
assert.deepEqual(counted.executionStats, { successCount: 1, requestCount: 1 });

// test
const test = (url) =>
  logto.POST('/api/hooks/{id}/test', {
    params: { path },
    body: { events: ['PostSignIn', 'User.Created'], config: { url } },
  });
await expect(test(RECEIVER_URL), 204);
const refused = await expect(test(FAILING_URL), 422);
assert.equal(refused.code, 'hook.endpoint_responded_with_error');
assert.deepEqual(refused.data, { responseStatus: 500, responseBody: 'no' });
assert.equal((await expect(test('not_work_url'), 422)).code, 'hook.send_test_payload_failed');
assert.equal((await recentLogs()).length, 1);

// signing key
const rotated = await expect(logto.PATCH('/api/hooks/{id}/signing-key', { params: { path } }), 200);
assert.notEqual(rotated.signingKey, created.signingKey);
assert.deepEqual({ ...rotated, signingKey: '' }, { ...updated, signingKey: '' });

// delete, and what is not there
await expect(logto.DELETE('/api/hooks/{id}', { params: { path } }), 204);
const missing = await expect(logto.GET('/api/hooks/{id}', { params: { path } }), 404);
assert.equal(missing.code, 'entity.not_exists_with_id');
assert.equal((await recentLogs()).length, 1);

// a token that is none
const stranger = createApiClient({ baseUrl: TIDINGS_URL, getToken: async () => 'nobody' });
assert.equal((await expect(stranger.GET('/api/hooks'), 401)).code, 'auth.unauthorized');
