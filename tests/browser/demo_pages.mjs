// Every page of the demo, on a desktop and on a phone, in light and in dark: it
// can be used with a keyboard and a screen reader (axe-core's rules of WCAG 2.2,
// contrast among them), nothing sticks out, nothing jumps while it loads, and
// the browser's console stays empty.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {resolve} from 'node:path';
import {facts} from './browser.mjs';

const modules = resolve(process.env.TRESTLE_BROWSER_MODULES);
const axe = await readFile(
  createRequire(`${modules}/`).resolve('axe-core/axe.min.js'), 'utf8');

const looks = [
  {width: 1280, height: 800, colorScheme: 'light'},
  {width: 390, height: 844, colorScheme: 'dark'},
];
// Where to look; `there` is what the page's scripts fill in, `without` are rules
// that a page has a reason not to follow.
const pages = [
  {path: '/'},
  // A fragment has no head and no landmarks of its own.
  {path: '/hello', without: ['document-title', 'html-has-lang',
    'landmark-one-main', 'region', 'page-has-heading-one']},
  // It is watched, and nothing is typed there: it loads itself anew.
  {path: '/status', without: ['meta-refresh', 'meta-refresh-no-exceptions']},
  {path: '/shop/'},
  {path: '/shop/?search=nothing+of+that+kind'},
  {path: '/shop/products/123'},
  {path: '/shop/chat', there: '#here:not(:text("nobody yet"))'},
  {path: '/shop/login'},
  {path: '/shop/nowhere', status: 404},
];
const pagesOfCustomers = [
  {path: '/shop/products/124'},
  {path: '/shop/cart'},
  {path: '/shop/orders', there: '#orders tbody tr'},
];
const largestShift = 0.01;

// A page of another author: only that it opens, and that nothing goes wrong.
const foreign = [
  {path: '/docs/', there: '.opblock-tag'},
  {path: '/graphiql', there: '.graphiql-container'},
];

function watched(page) {
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(message.text());
  });
  page.on('requestfailed', (request) => {
    // A stream of events ends with its page.
    if (!request.failure().errorText.includes('ERR_ABORTED'))
      complaints.push(`${request.url()}: ${request.failure().errorText}`);
  });
  return complaints;
}

async function open(page, {path, there, status = 200}) {
  const answer = await page.goto(path);
  assert.equal(answer.status(), status);
  if (there) await page.locator(there).first().waitFor();
  await page.evaluate(() => document.fonts.ready);
}

const shiftOf = (page) => page.evaluate(() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) sum += shift.value;
  }).observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
}));

async function violations(page, without = []) {
  await page.evaluate(axe);
  const rules = Object.fromEntries(
    without.map((rule) => [rule, {enabled: false}]));
  const found = await page.evaluate(
    (options) => globalThis.axe.run(options), {rules});
  return found.violations.map(({id, help, nodes}) =>
    `${id}: ${help}\n  ${nodes.map((n) => n.html + ' ' +
      (n.any[0]?.message ?? '')).join('\n  ')}`);
}

// Tab leads on, and what has the focus shows it.
async function withoutVisibleFocus(page) {
  const hidden = [];
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab');
    const lost = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      const visible = style.outlineStyle !== 'none' &&
        parseFloat(style.outlineWidth) >= 2;
      return visible ? null : element.outerHTML.slice(0, 100);
    });
    if (lost) hidden.push(lost);
  }
  return hidden;
}

async function check(page, complaints, which, withKeyboard) {
  // What a page says as it is left is not the next one's.
  await page.goto('about:blank');
  complaints.length = 0;
  await open(page, which);
  if (which.status === 404) complaints.length = 0;  // the browser says so, too
  assert.deepEqual(await violations(page, which.without), []);
  const shift = await shiftOf(page);
  assert.ok(shift < largestShift, `a layout shift of ${shift}`);
  const {innerWidth, scrollWidth} = await page.evaluate(() => ({
    innerWidth, scrollWidth: document.documentElement.scrollWidth,
  }));
  assert.ok(scrollWidth <= innerWidth, `${scrollWidth} pixels wide`);
  if (withKeyboard) assert.deepEqual(await withoutVisibleFocus(page), []);
  assert.deepEqual(complaints, []);
}

async function logIn(page) {
  await page.goto('/shop/login');
  const told = await page.getByText('In this demo:').textContent();
  await page.getByLabel('E-mail').fill(told.match(/\S+@[\w.]+\w/)[0]);
  await page.getByLabel('Password').fill('secret');
  await page.getByRole('button', {name: 'Log in'}).click();
  await page.getByRole('button', {name: /Log out/}).waitFor();
}

await facts(async (page, fact) => {
  const complaints = watched(page);
  const each = async (list) => {
    for (const {width, height, colorScheme} of looks) {
      await page.setViewportSize({width, height});
      await page.emulateMedia({colorScheme});
      for (const which of list)
        await fact(`${which.path} at ${width} pixels, ${colorScheme}`,
          () => check(page, complaints, which, colorScheme === 'light'));
    }
  };
  await each(pages);
  await logIn(page);
  await each(pagesOfCustomers);
  for (const which of foreign)
    await fact(`${which.path} opens without a complaint`, async () => {
      complaints.length = 0;
      await open(page, which);
      assert.deepEqual(complaints, []);
    });
});
