// What the browser's scripts share: `facts(run)` opens Debian's Chromium without
// a window at the server named by TRESTLE_URL and hands `run` a page; each
// `fact(name, check)` prints a line. The script's exit code is 1 when one of
// them failed or when JavaScript of a page threw.
//
// Everything waits for events; nothing sleeps.
import {createRequire} from 'node:module';
import {resolve} from 'node:path';

// Where `make` has put playwright-core: it drives a browser that is there
// already and brings none.
const modules = resolve(process.env.TRESTLE_BROWSER_MODULES);
const {chromium} = createRequire(`${modules}/`)('playwright-core');

const longestWaitMs = 10_000;
const longestStartMs = 60_000;

export async function facts(run) {
  const browser = await chromium.launch({
    executablePath: process.env.TRESTLE_CHROMIUM ?? '/usr/bin/chromium',
    timeout: longestStartMs,
    args: ['--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
  });
  let failed = 0;
  const fact = async (name, check) => {
    try {
      await check();
      console.log(`ok      ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  };
  try {
    const context = await browser.newContext({
      baseURL: process.env.TRESTLE_URL,
    });
    context.setDefaultTimeout(longestWaitMs);
    const page = await context.newPage();
    const thrown = [];
    page.on('pageerror', (error) => thrown.push(error.stack));
    await run(page, fact);
    await fact('JavaScript of the pages throws nothing', () => {
      if (thrown.length > 0) throw new Error(thrown.join('\n'));
    });
  } finally {
    await browser.close();
  }
  process.exitCode = failed > 0 ? 1 : 0;
}
