// One visitor over pages, REST and GraphQL: the session's cookie is enough, and
// when it is gone, all of it is over.
import assert from 'node:assert/strict';
import {facts} from './browser.mjs';

// In the page: no header is added by us.
const rest = (page) =>
  page.evaluate(async () => {
    const answer = await fetch('/api/orders?select=item&order=id');
    return [answer.status, (await answer.json()).map?.((row) => row.item)];
  });
const graphql = (page) =>
  page.evaluate(async () => {
    const answer = await fetch('/graphql', {
      method: 'POST',
      body: JSON.stringify({query: '{ orders(order_by: {id: asc}) { item } }'}),
      headers: {'Content-Type': 'application/json'},
    });
    return (await answer.json()).data?.orders.map((row) => row.item);
  });

await facts(async (page, fact) => {
  await fact('a page for customers leads to the login', async () => {
    await page.goto('/account');
    assert.equal(
      page.url().replace(process.env.TRESTLE_URL, ''),
      '/login?next=%2Faccount',
    );
  });
  await fact('a visitor sees no orders', async () => {
    const [status, items] = await rest(page);
    assert.ok(status === 401 || items.length === 0, `${status} ${items}`);
    assert.ok(!(await graphql(page))?.length);
  });
  await fact('a wrong password is refused', async () => {
    await page.getByLabel('Name').fill('ann');
    await page.getByLabel('Password').fill('guess');
    await page.getByRole('button', {name: 'Log in'}).click();
    await page.getByText('Wrong name or password').waitFor();
    assert.deepEqual(await page.context().cookies(), []);
  });
  await fact('the right one leads back', async () => {
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', {name: 'Log in'}).click();
    await page.getByText('Orders of ann').waitFor();
    assert.equal(new URL(page.url()).pathname, '/account');
    assert.deepEqual(await page.locator('li').allTextContents(), ['Kettle']);
  });
  await fact('scripts cannot read the cookie', async () => {
    const [cookie] = await page.context().cookies();
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Lax');
    assert.equal(await page.evaluate(() => document.cookie), '');
  });
  await fact('REST and GraphQL know the visitor by it', async () => {
    assert.deepEqual(await rest(page), [200, ['Kettle']]);
    assert.deepEqual(await graphql(page), ['Kettle']);
  });
  await fact('logging out ends all of it', async () => {
    await page.getByRole('button', {name: 'Log out'}).click();
    await page.getByText('Welcome').waitFor();
    const [status, items] = await rest(page);
    assert.ok(status === 401 || items.length === 0, `${status} ${items}`);
    assert.ok(!(await graphql(page))?.length);
    await page.goto('/account');
    assert.equal(new URL(page.url()).pathname, '/login');
  });
});
