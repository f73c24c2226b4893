// The client in a real browser, bundled as an application bundles it, on a page of the gateway's own origin.
// What the page hears is kept on its window.
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storedEvents, until } from "../gateway/storedEvents.ts";
import { LiveServer } from "../http/live/liveServer.ts";
import { bundled, examples } from "./bundle.ts";
import { type Heard, RestartedGateway } from "./restartedGateway.ts";

const CHROMIUM = "/usr/bin/chromium";

const LISTEN = `
  window.heard = [];
  window.retries = [];
  window.leaving = new AbortController();
  const onRetry = ({ code }) => retries.push(code);
  const gateway = khook.createGateway({ random: () => 0.1 });
  window.listening = (async () => {
    for await (const change of khook.streamEvents(gateway, { since: "1d" }, { signal: leaving.signal, onRetry })) heard.push(change);
    return "done";
  })();
  undefined; // else the page would be waited for
`;

const REFUSED = `(async () => {
  const error = await khook.listEvents(khook.createGateway(), { limit: 0 }).catch((thrown) => thrown);
  const { name, code, status, errors, requestId } = error;
  return { isGatewayError: error instanceof khook.GatewayError, name, code, status, paths: errors.map(({ path }) => path), requestId };
})()`;

describe.runIf(existsSync(CHROMIUM))("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(() => browser.close());

  test("it asks, is refused with typed errors, and its stream survives a stop and a kill without gap or repeat", async () => {
    const restarted = await RestartedGateway.start();
    const page: Page = await browser.newPage({ bypassCSP: true }); // the page is one of the gateway's answers, which run nothing
    await page.goto(`${restarted.url}/api/v1/health`);
    await page.evaluate(
      await bundled('export * from "khook-gateway/client";').then((code) => `${code}; window.khook = khook;`),
    );

    expect(await page.evaluate(REFUSED)).toEqual({
      isGatewayError: true,
      name: "GatewayError",
      code: "BAD_USER_INPUT",
      status: 400,
      paths: ["first"],
      requestId: expect.stringMatching(/.+/),
    });

    await page.evaluate(LISTEN);
    const heard = (): Promise<readonly Heard[]> => page.evaluate("heard"); // as the script makes it
    const more = async () => {
      const before = (await heard()).length;
      await until(async () => (await heard()).length > before + 50, "some more", 30);
    };
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await more();
      await restarted.restart(signal);
    }
    await more();
    await restarted.expectToldAll(heard);
    expect(((await page.evaluate("retries")) as readonly string[]).length).toBeGreaterThanOrEqual(2); // as the script makes it

    const listed = await page.evaluate('khook.listEvents(khook.createGateway(), { limit: 1000, sort: "TIMESTAMP" })');
    const { events } = listed as { readonly events: { readonly events: readonly { readonly id: string }[] } }; // its type, for types do not cross over
    const ids = events.events.map(({ id }) => id);
    const stored = (await storedEvents(restarted.url)).map(({ id }) => id);
    expect(ids.length).toBe(Math.min(1_000, stored.length));
    expect(ids.filter((id) => !stored.includes(id))).toEqual([]);

    expect(await page.evaluate("leaving.abort(), listening")).toBe("done");
    await page.close();
  }, 120_000);

  test("the README's ten lines show what happens", async () => {
    const server = await LiveServer.start();
    const [, example = ""] = examples();
    expect(example.trim().split("\n").length).toBeLessThanOrEqual(10);
    const [importing = "", ...lines] = example.replace("shop", "default").split("\n");
    const page = await browser.newPage({ bypassCSP: true }); // the page is one of the gateway's answers, which run nothing
    await page.goto(`${server.url}/api/v1/events?limit=1`);
    await server.happen(1, { message: "it happened before" });
    await page.evaluate(await bundled(`${importing}\n(async () => {\n${lines.join("\n")}\n})();`));
    await page.getByText("FIRING pod-restart it happened before").waitFor();
    server.cut();
    await server.happen(1, { message: "it happens while one looks" });
    await page.getByText("FIRING pod-restart it happens while one looks").waitFor();
    await page.close();
    await server.close();
  }, 60_000);
});

if (!existsSync(CHROMIUM)) {
  console.warn(`NOT TESTED: the client in a browser, for there is no ${CHROMIUM} (apt-get install chromium)`);
}
