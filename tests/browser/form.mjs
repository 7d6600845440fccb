// A form sent wrongly, then rightly.
import assert from 'node:assert/strict';
import {facts} from './browser.mjs';

await facts(async (page, fact) => {
  await page.goto('/');
  await fact('a visit follows a link to a product', async () => {
    await page.getByRole('link', {name: 'Kettle'}).click();
    assert.equal(await page.title(), 'Kettle');
    assert.equal(new URL(page.url()).pathname, '/products/1');
    assert.deepEqual(await page.locator('#reviews li').allTextContents(), [
      'Ann: Boils well',
    ]);
  });
  await fact('a style sheet with a fingerprint is loaded', async () => {
    const margin = await page.evaluate(
      () => getComputedStyle(document.body).marginTop,
    );
    assert.equal(margin, '3px');
  });
  await fact('what is wrong is told beside the field and kept', async () => {
    await page.getByLabel('Your name').fill('<b>Ben & "Bo"</b>');
    await page.getByLabel('Stars').fill('9');
    await page.getByRole('button', {name: 'Send'}).click();
    await page.getByText('stars: At most 5').waitFor();
    assert.equal(
      await page.getByLabel('Your name').inputValue(),
      '<b>Ben & "Bo"</b>',
    );
    assert.equal(await page.locator('#reviews li').count(), 1);
  });
  await fact('what is right is saved, and the page says so once', async () => {
    await page.getByLabel('Stars').fill('4');
    await page.getByLabel('Review').fill('</textarea><script>alert(1)</script>');
    await page.getByRole('button', {name: 'Send'}).click();
    await page.getByText('Thank you').waitFor();
    assert.equal(new URL(page.url()).pathname, '/products/1');
    assert.equal(
      await page.locator('#reviews li').last().textContent(),
      '<b>Ben & "Bo"</b>: </textarea><script>alert(1)</script>',
    );
    await page.reload();
    assert.equal(await page.getByText('Thank you').count(), 0);
    assert.equal(await page.locator('#reviews li').count(), 2);
  });
  await fact('going back does not send the form again', async () => {
    await page.goto('/');
    await page.goBack();
    assert.equal(await page.locator('#reviews li').count(), 2);
  });
});
