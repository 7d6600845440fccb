// npm's clients, unmodified, against live locations: ws, eventsource,
// graphql-ws and @supabase/realtime-js. Run by node itself, without a browser.
//
// Everything waits for events; nothing sleeps.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createRequire} from 'node:module';
import {resolve} from 'node:path';

const url = process.env.TRESTLE_URL;
const socketUrl = url.replace('http', 'ws');
const modules = resolve(process.env.TRESTLE_BROWSER_MODULES);
const require = createRequire(`${modules}/`);
const {WebSocket} = require('ws');
const {EventSource} = require('eventsource');
const {createClient} = require('graphql-ws');
const {RealtimeClient} = require('@supabase/realtime-js');

const longestWaitMs = 10_000;
const late = (what) =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`too late: ${what}`)), longestWaitMs)
      .unref();
  });
const soon = (promise, what) => Promise.race([promise, late(what)]);

// Values in the order of their coming; `next()` waits for one.
function mailbox() {
  const values = [];
  const waiting = [];
  return {
    put: (value) => (waiting.length ? waiting.shift()(value) : values.push(value)),
    next: (what) =>
      soon(
        values.length
          ? Promise.resolve(values.shift())
          : new Promise((give) => waiting.push(give)),
        what,
      ),
  };
}

let failed = 0;
async function fact(name, check) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}

const write = (path, method, body) =>
  fetch(url + path, {
    method,
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body),
  });

await fact('ws: messages are answered, channels are heard', async () => {
  const socket = new WebSocket(`${socketUrl}/live`);
  const got = mailbox();
  socket.on('message', (data) => got.put(JSON.parse(data)));
  await soon(once(socket, 'open'), 'open');
  socket.send(JSON.stringify({join: 'room:1', ref: 1}));
  assert.equal((await got.next('join')).ok, 1);
  socket.send(JSON.stringify({pub: 'room:1', data: {text: 'hi'}}));
  assert.deepEqual((await got.next('pub')).data, {text: 'hi'});
  socket.send('Hello');
  assert.deepEqual(await got.next('answer'), {echo: 'Hello'});
  socket.close();
  await soon(once(socket, 'close'), 'close');
});

await fact('eventsource: the answer of a URL, and its changes', async () => {
  const source = new EventSource(`${url}/api/note?select=text&order=id`);
  const got = mailbox();
  source.onmessage = ({data}) => got.put(JSON.parse(data));
  assert.deepEqual(await got.next('first'), [{text: 'a'}]);
  await write('/api/note', 'POST', {id: 2, text: 'b'});
  assert.deepEqual(await got.next('second'), [{text: 'a'}, {text: 'b'}]);
  source.close();
});

await fact('graphql-ws: a query, a mutation, a subscription', async () => {
  const client = createClient({
    url: `${socketUrl}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const note = client.iterate({
    query: 'subscription { note_by_pk(id: 1) { text } }',
  });
  const next = async () => (await soon(note.next(), 'next')).value.data;
  assert.deepEqual(await next(), {note_by_pk: {text: 'a'}});
  const change = client.iterate({
    query: `mutation { update_note_by_pk(pk_columns: {id: 1},
            _set: {text: "c"}) { id } }`,
  });
  assert.equal((await change.next()).value.data.update_note_by_pk.id, 1);
  assert.deepEqual(await next(), {note_by_pk: {text: 'c'}});
  await note.return();
  await client.dispose();
});

// A channel of a client of its own, once it is subscribed.
async function subscribe(vsn, config, listen) {
  const client = new RealtimeClient(`${socketUrl}/realtime/v1`, {
    params: {apikey: 'anon'},
    transport: WebSocket,
    vsn,
  });
  const channel = client.channel('room', {config});
  listen(channel);
  await soon(
    new Promise((done, fail) => {
      channel.subscribe((status, error) => {
        if (status === 'SUBSCRIBED') done();
        if (status === 'CHANNEL_ERROR') fail(error);
      });
    }),
    'subscribed',
  );
  return {client, channel};
}

for (const vsn of ['1.0.0', '2.0.0']) {
  await fact(`realtime-js ${vsn}: broadcast and presence`, async () => {
    const heard = mailbox();
    const seen = mailbox();
    const bob = await subscribe(vsn, {presence: {key: 'bob'}}, (channel) => {
      channel.on('broadcast', {event: '*'}, ({event, payload}) =>
        heard.put([event, payload]),
      );
      channel.on('presence', {event: 'join'}, ({key}) => seen.put(`+${key}`));
      channel.on('presence', {event: 'leave'}, ({key}) => seen.put(`-${key}`));
    });
    const ann = await subscribe(
      vsn,
      {broadcast: {ack: true}, presence: {key: 'ann'}},
      () => {},
    );
    const say = (event, payload) =>
      ann.channel.send({type: 'broadcast', event, payload});
    assert.equal(await say('hi', {x: 1}), 'ok');
    assert.deepEqual(await heard.next('hi'), ['hi', {x: 1}]);
    if (vsn === '2.0.0') {
      assert.equal(await say('raw', new Uint8Array([1, 0, 255]).buffer), 'ok');
      const [event, bytes] = await heard.next('raw');
      assert.equal(event, 'raw');
      assert.deepEqual([...new Uint8Array(bytes)], [1, 0, 255]);
    }
    assert.deepEqual(await ann.channel.httpSend('posted', {y: 2}), {
      success: true,
    });
    assert.deepEqual(await heard.next('posted'), ['posted', {y: 2}]);
    assert.equal(await ann.channel.track({mood: 'good'}), 'ok');
    assert.equal(await seen.next('join'), '+ann');
    assert.equal(bob.channel.presenceState().ann[0].mood, 'good');
    await ann.client.removeChannel(ann.channel);
    assert.equal(await seen.next('leave'), '-ann');
    assert.deepEqual(bob.channel.presenceState(), {});
    await bob.client.disconnect();
    await ann.client.disconnect();
  });
}

await fact('realtime-js: rows that change, with a filter', async () => {
  const got = mailbox();
  const {client} = await subscribe('2.0.0', {}, (channel) => {
    const wish = {schema: 'public', table: 'note', filter: 'id=gt.10'};
    channel.on('postgres_changes', {event: '*', ...wish}, (change) =>
      got.put([change.eventType, change.new, change.old]),
    );
  });
  await write('/api/note', 'POST', {id: 9, text: 'not this'});
  await write('/api/note', 'POST', {id: 11, text: 'k'});
  assert.deepEqual(await got.next('insert'), [
    'INSERT',
    {id: 11, text: 'k'},
    {},
  ]);
  await write('/api/note?id=eq.11', 'PATCH', {text: 'l'});
  assert.deepEqual(await got.next('update'), [
    'UPDATE',
    {id: 11, text: 'l'},
    {id: 11},
  ]);
  await write('/api/note?id=eq.11', 'DELETE');
  assert.deepEqual(await got.next('delete'), ['DELETE', {}, {id: 11}]);
  await client.disconnect();
});

await fact('realtime-js: all tables of a schema', async () => {
  const got = mailbox();
  const {client} = await subscribe('2.0.0', {}, (channel) => {
    channel.on('postgres_changes', {event: 'INSERT', schema: 'public'}, (change) =>
      got.put([change.table, change.new]),
    );
  });
  await write('/api/note', 'POST', {id: 21, text: 'm'});
  assert.deepEqual(await got.next('note'), ['note', {id: 21, text: 'm'}]);
  await write('/api/other', 'POST', {id: 1});
  assert.deepEqual(await got.next('other'), ['other', {id: 1}]);
  await client.disconnect();
});

process.exit(failed > 0 ? 1 : 0);
