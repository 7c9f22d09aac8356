// Drives one browser of Debian's for tests: a line of JSON in, a line of JSON out.
// The one argument says which browser; the rest is asked for by `do`, and answered by `id`.
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import puppeteer from "puppeteer-core";

const POLL_MS = 40;
const SIZE_MS = 5000;
const START_MS = 90_000;
const GONE = /Target closed|detached|Session closed|Connection closed|navigat/i;
const settings = JSON.parse(process.argv[2]);
const browser = await puppeteer.launch({ timeout: START_MS, ...settings });
const pages = new Map();
let last = 0;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const value = (page, expression) => page.evaluate(`(async () => (${expression}))()`);

function listened(page) {
  const said = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`uncaught: ${error.message ?? error}`));
  page.on("dialog", (dialog) => dialog.accept());
  return said;
}

// A page that is being replaced has no value for a moment; that is not the end of waiting.
async function settled(page, expression, withinMs) {
  const end = Date.now() + withinMs;
  for (;;) {
    let found = null;
    try {
      found = await value(page, expression);
    } catch (error) {
      if (!GONE.test(error.message) || Date.now() > end) throw error;
    }
    if (found) return found;
    if (Date.now() > end) {
      const text = await page.evaluate("document.body.innerText");
      throw new Error(`never became true: ${expression}; the page says: ${text}`);
    }
    await pause(POLL_MS);
  }
}

// Firefox 140 has no emulation.setScreenOrientationOverride, and needs none for a window's size.
async function sized(page, size) {
  try {
    await page.setViewport(size);
  } catch (error) {
    if (!/unknown command emulation\.setScreenOrientationOverride/.test(error.message)) throw error;
    await settled(page, `innerWidth === ${size.width}`, SIZE_MS);
  }
  return null;
}

const doings = {
  async open({ url, width, height, beside }) {
    const context = beside
      ? pages.get(beside).page.browserContext()
      : await browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(START_MS);
    const number = (last += 1);
    pages.set(number, { page, context, said: listened(page) });
    await sized(page, { width, height });
    if (url) await page.goto(url, { waitUntil: "load" });
    return number;
  },
  go: ({ page }, { url }) => page.goto(url, { waitUntil: "load" }).then(() => null),
  reload: ({ page }) => page.reload({ waitUntil: "load" }).then(() => null),
  value: ({ page }, { expression }) => value(page, expression),
  wait: ({ page }, { expression, within_ms }) => settled(page, expression, within_ms),
  click: ({ page }, { selector }) => page.click(selector),
  press: ({ page }, { key }) => page.keyboard.press(key),
  type: ({ page }, { text }) => page.keyboard.type(text),
  size: ({ page }, { width, height }) => sized(page, { width, height }),
  media: ({ page }, { features }) =>
    page.emulateMediaFeatures(
      Object.entries(features).map(([name, value]) => ({ name, value })),
    ),
  permit: ({ context }, { origin, name, state }) =>
    context.setPermission(origin, { permission: { name }, state }),
  front: ({ page }) => page.bringToFront(),
  picture: ({ page }, { path, whole }) =>
    page.screenshot({ path, fullPage: whole }).then(() => null),
  said: ({ said }) => said.splice(0),
  async axe({ page }) {
    const source = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));
    await page.evaluate(await readFile(source, "utf8"));
    const found = await value(page, "axe.run(document, { resultTypes: ['violations'] })");
    return found.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      where: nodes.map((node) => node.html),
    }));
  },
  // Without a word to the page, as when the browser is closed: only `beforeunload` is skipped.
  close: ({ page, context }, { page: number }) => {
    pages.delete(number);
    const alone = ![...pages.values()].some((other) => other.context === context);
    return alone ? page.close().then(() => context.close()) : page.close();
  },
};

async function answer(asked) {
  try {
    const on = asked.do === "open" ? asked : pages.get(asked.page);
    if (!on) throw new Error(`there is no page ${asked.page}`);
    return { id: asked.id, result: (await doings[asked.do](on, asked)) ?? null };
  } catch (error) {
    return { id: asked.id, error: String(error.message ?? error) };
  }
}

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
tell({ id: 0, result: await browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
  answer(JSON.parse(line)).then(tell);
}
await browser.close();
