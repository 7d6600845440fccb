// The demo, as its visitor tries it: what the start page says can be typed, and
// a walk through the shop, on a desktop and on a phone.
import assert from 'node:assert/strict';
import {facts} from './browser.mjs';

// What typing the text into the console prints first.
async function typed(page, text) {
  const printed = page.waitForEvent('console', (m) => m.type() === 'log');
  await page.evaluate((code) => (0, eval)(code), text);
  return (await printed).args()[0].jsonValue();
}

await facts(async (page, fact) => {
  const sizes = [
    {width: 1280, height: 800},
    {width: 390, height: 844},
  ];

  await page.goto('/');
  const tries = await page.locator('pre.try').allTextContents();
  await fact('a row is fetched as the start page says', async () => {
    const row = await typed(page, tries[0]);
    assert.equal(row.id, 123);
    assert.ok(row.name.length > 0);
  });
  await fact('a WebSocket answers', async () => {
    assert.equal(await typed(page, tries[1]), 'Server response');
  });
  await fact('a channel tells what is published to it', async () => {
    const heard = page.waitForEvent('console', async (message) =>
      (await message.args()[0]?.jsonValue())?.data === 'Good evening');
    const more = await page.locator('pre.more').textContent();
    await page.evaluate((code) => (0, eval)(code), more);
    await heard;
  });
  await fact('GraphQL answers the posts of each user', async () => {
    const {data} = await typed(page, tries[2]);
    assert.ok(data.user.length >= 2);
    assert.equal(typeof data.user[0].posts[0].title, 'string');
  });
  await fact('/hello shows what the database says', async () => {
    await page.goto('/hello');
    assert.equal(
      (await page.content()).includes(
        '<p>Hello, data from the database!</p>',
      ),
      true,
    );
  });

  await fact('GraphiQL runs its query and knows the schema', async () => {
    await page.setViewportSize(sizes[0]);
    await page.goto('/graphiql');
    const result = page.locator('.result-window');
    await page.getByRole('button', {name: /Execute query/}).click();
    await result.getByText('"products"').waitFor();
    await result.getByText('"reviews_aggregate"').first().waitFor();
    await page.getByRole('button', {name: /Documentation Explorer/}).click();
    await page.getByRole('link', {name: 'query_root'}).first().waitFor();
  });

  await fact('Swagger UI shows what the API has', async () => {
    await page.goto('/docs/');
    await page.locator('.opblock-tag', {hasText: 'products'}).waitFor();
    await page.locator('.authorize').first().waitFor();
  });

  for (const size of sizes) {
    await page.setViewportSize(size);
    await fact(`${size.width} pixels wide, nothing sticks out`, async () => {
      for (const path of ['/', '/shop/', '/shop/products/123', '/shop/login']) {
        await page.goto(path);
        const widest = await page.evaluate(
          () => document.documentElement.scrollWidth,
        );
        assert.ok(widest <= size.width, `${path} is ${widest} pixels wide`);
      }
    });
  }

  await fact('the shop is searched', async () => {
    await page.goto('/shop/');
    assert.equal(await page.locator('.products li').count(), 24);
    await page.getByRole('searchbox').fill('lantern');
    await page.getByRole('searchbox').press('Enter');
    await page.getByText('“lantern”').waitFor();
    const names = await page.locator('.products b').allTextContents();
    assert.ok(names.length > 0);
    assert.ok(names.every((name) => name.toLowerCase().includes('lantern')));
  });
  await fact('a visitor is asked to log in to buy, and comes back', async () => {
    await page.goto('/shop/products/123');
    await page.getByRole('link', {name: 'Log in', exact: true}).last().click();
    const told = await page.getByText('In this demo:').textContent();
    await page.getByLabel('E-mail').fill(told.match(/\S+@[\w.]+\w/)[0]);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', {name: 'Log in'}).click();
    await page.getByRole('alert').first().waitFor();
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', {name: 'Log in'}).click();
    await page.getByRole('button', {name: /Log out/}).waitFor();
    assert.equal(new URL(page.url()).pathname, '/shop/products/123');
  });
  await fact('a review is refused while empty, and shown when written', async () => {
    await page.getByRole('button', {name: 'Send'}).click();
    await page.getByRole('alert').first().waitFor();
    await page.getByLabel('Your words').fill('Good <b>thing</b>, "really"');
    await page.getByRole('button', {name: 'Send'}).click();
    await page.getByText('Thank you for your review.').waitFor();
    await page.getByText('Good <b>thing</b>, "really"').waitFor();
  });
  await fact('what is in the cart can be ordered', async () => {
    await page.goto('/shop/');
    await page.locator('.products li:not(:has(em)) a').first().click();
    await page.getByRole('button', {name: 'Put into the cart'}).click();
    await page.getByText('It is in your cart.').waitFor();
    await page.getByRole('button', {name: 'Order', exact: true}).click();
    await page.getByText('is on its way').waitFor();
    const orders = await page.evaluate(async () => {
      const answer = await fetch('/api/orders?order=id.desc&limit=1');
      return answer.json();
    });
    assert.equal(orders.length, 1);
  });

  // A window of somebody else.
  const other = await page.context().browser().newContext({
    baseURL: process.env.TRESTLE_URL,
  });
  other.setDefaultTimeout(10_000);
  const window = await other.newPage();

  await fact('what one says in the chat the other reads, and sees', async () => {
    await page.goto('/shop/chat');
    await window.goto('/shop/chat');
    await window.getByLabel('Your name').fill('Ann');
    await window.getByLabel('Your name').press('Tab');
    await page.locator('#here').getByText('Ann').waitFor();
    await window.getByLabel('What you say').fill('Is <b>anybody</b> there?');
    await window.getByRole('button', {name: 'Say it'}).click();
    await page.getByText('Is <b>anybody</b> there?').waitFor();
    await page.getByLabel('What you say').fill('Yes');
    await page.getByLabel('What you say').press('Enter');
    await window.locator('#said li').nth(1).getByText('Yes').waitFor();
    await window.goto('/shop/');
    await page.waitForFunction(
      () => !document.querySelector('#here').textContent.includes('Ann'),
    );
  });
  await fact('a review appears on a page that is open elsewhere', async () => {
    await window.goto('/shop/products/124');
    await window.evaluate(() => { window.stays = true; });
    await page.goto('/shop/products/124');
    await page.getByLabel('Your words').fill('Seen in the other window');
    await page.getByRole('button', {name: 'Send'}).click();
    await page.getByText('Thank you for your review.').waitFor();
    await window.getByText('Seen in the other window').waitFor();
    assert.ok(await window.evaluate(() => window.stays), 'it was not reloaded');
  });
  await fact('an order appears at the staff, its status at the customer', async () => {
    await window.goto('/shop/orders');
    const told = await window.getByText('In this demo:').textContent();
    await window.getByLabel('E-mail').fill(told.match(/\S+@[\w.]+\w/g)[1]);
    await window.getByLabel('Password').fill('secret');
    await window.getByRole('button', {name: 'Log in'}).click();
    await window.waitForURL('**/shop/orders');
    await window.locator('#orders tbody tr').nth(11).waitFor();
    const last = (of) => of.locator('#orders tbody tr').first();
    const before = await last(window).getAttribute('id');
    await page.goto('/shop/');
    await page.locator('.products li:not(:has(em)) a').first().click();
    await page.getByRole('button', {name: 'Put into the cart'}).click();
    await page.getByRole('button', {name: 'Order', exact: true}).click();
    await page.getByText('is on its way').waitFor();
    await page.goto('/shop/orders');
    await last(page).waitFor();
    const id = await last(page).getAttribute('id');
    assert.notEqual(id, before);
    await window.locator(`#${id}`).waitFor();
    await window.locator(`#${id} select`).selectOption('shipped');
    await page.locator(`#${id}`).getByText('shipped').waitFor();
  });
  await other.close();

  await fact('logging out ends it', async () => {
    await page.goto('/shop/');
    await page.getByRole('button', {name: /Log out/}).click();
    await page.getByRole('link', {name: 'Log in', exact: true}).waitFor();
    await page.goto('/shop/cart');
    assert.equal(new URL(page.url()).pathname, '/shop/login');
  });
});
