// JavaScript of a page uses the data that the page embeds.
import assert from 'node:assert/strict';
import {facts} from './browser.mjs';

await facts(async (page, fact) => {
  const dialogs = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  await page.goto('/chart');
  await fact('a script reads rows as they are in the database', async () => {
    assert.deepEqual(await page.evaluate(() => window.products), [
      {id: 1, name: 'Kettle', cents: 2500},
      {id: 2, name: '</script><script>alert(1)</script>', cents: 900},
    ]);
  });
  await fact('and draws with them', async () => {
    assert.deepEqual(await page.locator('#chart li').allTextContents(), [
      'Kettle 25.00',
      '</script><script>alert(1)</script> 9.00',
    ]);
  });
  await fact('an attribute carries a row too', async () => {
    const row = await page
      .locator('[data-row]')
      .last()
      .evaluate((element) => JSON.parse(element.dataset.row));
    assert.equal(row.name, '</script><script>alert(1)</script>');
  });
  await fact('no data runs as a script', () => {
    assert.deepEqual(dialogs, []);
  });
});
