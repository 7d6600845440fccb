// The browser's own WebSocket and EventSource, in two windows at once.
import assert from 'node:assert/strict';
import {facts} from './browser.mjs';

await facts(async (page, fact) => {
  const other = await page.context().newPage();
  await page.goto('/');
  await other.goto('/');

  await fact('what one window says the other one hears', async () => {
    for (const window of [page, other])
      await window.evaluate(
        () =>
          new Promise((joined) => {
            globalThis.heard = [];
            globalThis.socket = new WebSocket(
              `ws://${location.host}/live`,
            );
            socket.onopen = () => socket.send('{"join":"room:2"}');
            socket.onmessage = ({data}) => {
              const message = JSON.parse(data);
              if (message.ok) joined();
              else heard.push(message.data);
            };
          }),
      );
    await page.evaluate(() => socket.send('{"pub":"room:2","data":"hello"}'));
    await other.waitForFunction(() => heard.includes('hello'));
  });

  await fact('EventSource shows an answer and its changes', async () => {
    await other.evaluate(() => {
      globalThis.texts = [];
      const source = new EventSource('/api/note?id=eq.7&select=text');
      source.onmessage = ({data}) => texts.push(data);
    });
    await other.waitForFunction(() => texts.includes('[]'));
    await page.evaluate(() =>
      fetch('/api/note', {
        method: 'POST',
        headers: {'Content-Type': 'application/json'},
        body: '{"id": 7, "text": "seven"}',
      }),
    );
    await other.waitForFunction(() => texts.includes('[{"text":"seven"}]'));
  });

  await fact('a live block changes, and what is typed stays', async () => {
    await other.goto('/site/');
    await other.locator('#draft').fill('half a sen');
    const first = await other.locator('#n1').elementHandle();
    await page.evaluate(() =>
      fetch('/api/note', {
        method: 'POST',
        headers: {'Content-Type': 'application/json'},
        body: '{"id": 8, "text": "<b>eight</b>"}',
      }),
    );
    await other.locator('#n8').waitFor();
    assert.equal(await other.locator('#n8').textContent(), '<b>eight</b>');
    assert.equal(await other.locator('#draft').inputValue(), 'half a sen');
    assert.ok(
      await first.evaluate((node) => node === document.querySelector('#n1')),
      'the first element is still the same',
    );
  });

  await fact('a message of bytes is answered by a Close', async () => {
    const code = await page.evaluate(
      () =>
        new Promise((closed) => {
          socket.onclose = ({code}) => closed(code);
          socket.send(new Uint8Array([1]));
        }),
    );
    assert.equal(code, 1003);
  });
});
