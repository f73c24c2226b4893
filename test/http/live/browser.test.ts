// Live streams in a real browser: its EventSource, its WebSocket, and the playground's subscription.
// The pages are of the gateway's origin, the playground's with the policy it is sent; what a page hears is kept on its window.
import { existsSync } from "node:fs";
import { parse } from "graphql";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PLAYGROUND_TABS } from "../../../src/http/playgroundTabs.ts";
import { NOON } from "../../generators.ts";
import { graphqlClient } from "./graphqlEdge.ts";
import { LiveServer, until } from "./liveServer.ts";

const CHROMIUM = "/usr/bin/chromium";
/** Where to keep a picture of the playground, for those who want to look at it. */
const SCREENSHOT = process.env.KEEP_LIVE_SCREENSHOT;

/** What the scripts below keep in the page. */
interface Kept {
  readonly heard: readonly string[];
  readonly ended: readonly string[];
  readonly opened: number;
}

const SOURCE = `
  window.kept = { heard: [], ended: [], opened: 0 };
  const source = new EventSource("/api/v1/events/stream");
  source.onopen = () => kept.opened++;
  source.onmessage = ({ data }) => kept.heard.push(JSON.parse(data).event.id);
  source.addEventListener("shutdown", () => kept.ended.push("shutdown"));
  source.addEventListener("gap", ({ data }) => kept.heard.push(JSON.parse(data).cause));
`;

const SOCKET = `
  window.kept = { heard: [], ended: [], opened: 0 };
  window.connect = (after) => {
    window.last = after;
    const socket = new WebSocket("/api/v1/events/stream" + (after ? "?lastEventId=" + after : ""));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      window.last = message.id;
      if (message.type === "ready") kept.opened++;
      else kept.heard.push(message.event.id);
    };
    socket.onclose = ({ code }) => kept.ended.push(String(code));
  };
  connect();
`;

test("the playground's subscriptions are valid over a socket, and tell something at once", async () => {
  const server = await LiveServer.start();
  await server.happen(3);
  const { client } = graphqlClient(server.url);
  let subscriptions = 0;
  for (const { query, variables } of PLAYGROUND_TABS) {
    const [operation] = parse(query).definitions;
    if (operation?.kind !== "OperationDefinition" || operation.operation !== "subscription") continue;
    subscriptions++;
    const message = await new Promise((resolve, reject) => {
      client.subscribe(
        { query, variables: JSON.parse(variables ?? "{}") as Record<string, unknown> },
        { next: resolve, error: reject, complete: () => reject(new Error("it is over")) },
      );
    });
    expect(message).toEqual({ data: expect.anything() });
  }
  expect(subscriptions).toBe(1);
  await client.dispose();
  await server.close();
});

describe.runIf(existsSync(CHROMIUM))("in a browser", () => {
  let browser: Browser;
  let server: LiveServer;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
    server = await LiveServer.start();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  /** A page of the gateway's origin that is nothing but a document. Without the policy of such answers, which runs no script. */
  async function blankPage({ url }: Pick<LiveServer, "url"> = server): Promise<Page> {
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(`${url}/api/v1/events?limit=1`);
    return page;
  }

  function kept(page: Page): Promise<Kept> {
    return page.evaluate("window.kept"); // as the scripts above make it
  }

  async function ids(happening: ReturnType<LiveServer["happen"]>): Promise<readonly string[]> {
    return (await happening).map(({ record: { event } }) => event.id);
  }

  test("an EventSource is told, comes back by itself when its connection breaks, and misses nothing", async () => {
    const page = await blankPage();
    await page.evaluate(SOURCE);
    await until(async () => (await kept(page)).opened === 1, "the connection");
    server.cut(); // before anything was told
    await until(() => server.open === 0, "nobody");
    const expected = [...(await ids(server.happen(2)))];
    await until(async () => (await kept(page)).heard.length === 2, "what was missed");
    expected.push(...(await ids(server.happen(2))));
    await until(async () => (await kept(page)).heard.length === 4, "what came");
    server.cut();
    await until(() => server.open === 0, "nobody");
    expected.push(...(await ids(server.happen(3))));
    await until(async () => (await kept(page)).heard.length === 7, "what was missed again");
    expect((await kept(page)).heard).toEqual(expected);
    expect(server.counts.resumed.sse).toBe(2);
    await page.close();
    await until(() => server.open === 0, "nobody");
  }, 40_000);

  test("a WebSocket is told, and resumes from the id it was told last", async () => {
    const page = await blankPage();
    await page.evaluate(SOCKET);
    await until(async () => (await kept(page)).opened === 1, "ready");
    const expected = [...(await ids(server.happen(2)))];
    await until(async () => (await kept(page)).heard.length === 2, "what happened");
    server.cut();
    await until(async () => (await kept(page)).ended.length === 1, "the end");
    expected.push(...(await ids(server.happen(3))));
    await page.evaluate("connect(last)");
    await until(async () => (await kept(page)).heard.length === 5, "what was missed");
    expect(await kept(page)).toEqual({ heard: expected, ended: ["1006"], opened: 2 });
    await page.close();
  });

  test("both are told when the gateway goes away", async () => {
    const own = await LiveServer.start();
    const pages = await Promise.all(
      [SOURCE, SOCKET].map(async (script) => {
        const page = await blankPage(own);
        await page.evaluate(script);
        return page;
      }),
    );
    await until(() => own.open === 2, "both");
    for (const page of pages) await until(async () => (await kept(page)).opened === 1, "both, to their knowledge");
    await own.close();
    for (const page of pages) await until(async () => (await kept(page)).ended.length === 1, "the end");
    expect(await Promise.all(pages.map(async (page) => (await kept(page)).ended))).toEqual([["shutdown"], ["1001"]]);
    for (const page of pages) await page.close();
  });

  test("the playground shows what has happened and what happens, over the socket its policy lets it open", async () => {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    server.clock.now = NOON;
    const [before] = await ids(server.happen(1, { message: "it happened before" }));
    await page.goto(`${server.url}/graphql`, { waitUntil: "load", timeout: 60_000 });
    await page.getByRole("tab", { name: "LiveEvents" }).click({ timeout: 60_000 });
    const editor = page.locator(".graphiql-query-editor .view-lines");
    await editor.getByText("LiveEvents").first().waitFor({ timeout: 30_000 });
    const result = page.locator(".result-window");
    const shown = result.getByText("eventChanges").first();
    // For a moment after a change of tabs GraphiQL still has the other tab's operation in mind.
    for (let tries = 0; tries < 20 && !(await shown.isVisible()); tries++) {
      await page.locator(".graphiql-execute-button").click();
      await shown.waitFor({ timeout: 2_000 }).catch(() => undefined);
    }
    await result
      .getByText(before ?? "")
      .first()
      .waitFor({ timeout: 20_000 });
    const [live] = await ids(server.happen(1, { message: "it happens while one looks" }));
    await result
      .getByText(live ?? "")
      .first()
      .waitFor({ timeout: 20_000 });
    if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
    expect(new Set(sockets)).toEqual(new Set([`${server.url.replace("http", "ws")}/graphql`]));
    expect(complaints).toEqual([]);
    await page.close();
    await until(() => server.open === 0, "nobody");
  }, 120_000);
});

if (!existsSync(CHROMIUM)) {
  console.warn(`NOT TESTED: streams in a browser, for there is no ${CHROMIUM} (apt-get install chromium)`);
}
