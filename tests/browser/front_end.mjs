// A front end of Vite beside Trestle's locations: from its development server
// through nginx, and as built files. The folder with the sources and the port
// for the server are in the environment.
import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

import {facts} from './browser.mjs';

const root = process.env.TRESTLE_FRONT_END;
const port = Number(process.env.TRESTLE_VITE_PORT);
const modules = resolve(process.env.TRESTLE_BROWSER_MODULES, 'node_modules');
const {build, createServer} =
    await import(pathToFileURL(join(modules, 'vite/dist/node/index.js')));

const common = {root, configFile: false, logLevel: 'error'};
await build({...common});
const vite = await createServer({
  ...common,
  server: {host: '127.0.0.1', port, strictPort: true},
});
await vite.listen();

const texts = async (page) => {
  await page.waitForFunction(() => ['message', 'product', 'live'].every(
      (id) => document.getElementById(id)?.textContent));
  return page.locator('p').allTextContents();
};
const expected = ['as it was written', 'Kettle', 'you said: Hello'];

try {
  await facts(async (page, fact) => {
    const sockets = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));

    await fact('the development server is reached through nginx', async () => {
      await page.goto('/');
      assert.deepEqual(await texts(page), expected);
    });
    await fact('its WebSocket goes through nginx, beside ours', async () => {
      const host = new URL(process.env.TRESTLE_URL).host;
      assert.equal(sockets.length, 2, sockets.join(' '));
      for (const url of sockets) assert.equal(new URL(url).host, host);
    });
    await fact('a change of the source is seen without a reload', async () => {
      await page.evaluate(() => { window.stays = true; });
      await writeFile(join(root, 'message.js'),
                      `export const message = 'as it was changed';\n`);
      await page.getByText('as it was changed').waitFor();
      assert.equal(await page.evaluate(() => window.stays), true);
      assert.equal(await page.locator('#product').textContent(), 'Kettle');
    });

    const built = process.env.TRESTLE_BUILT_URL;
    await fact('the built files and the API have one origin', async () => {
      await page.goto(built);
      assert.deepEqual(await texts(page), expected);
    });
    await fact('a path of the application is answered by its page', async () => {
      const answer = await page.goto(`${built}/products/7?tab=reviews`);
      assert.equal(answer.status(), 200);
      assert.deepEqual(await texts(page), expected);
    });
    await fact('what is missing among the files or in the API is 404',
               async () => {
      for (const path of ['/assets/absent.js', '/api/absent'])
        assert.equal((await page.request.get(built + path)).status(), 404, path);
    });
  });
} finally {
  await vite.close();
}
