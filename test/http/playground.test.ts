// The playground: its examples hold, the page comes from us alone, and in a real browser it works.
import { existsSync } from "node:fs";
import { parse, validate } from "graphql";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limitRules } from "../../src/graph/limits.ts";
import { PLAYGROUND_TABS } from "../../src/http/playgroundTabs.ts";
import { data, executor } from "../graph/harness.ts";
import { type GraphqlServer, graphqlServer } from "./graphqlFixture.ts";

const CHROMIUM = "/usr/bin/chromium";
/** Where to keep a picture of the page, for those who want to look at it. */
const SCREENSHOT = process.env.KEEP_SCREENSHOT;
const BROWSER = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

let graphql: GraphqlServer;
beforeAll(async () => {
  graphql = await graphqlServer();
});
afterAll(() => graphql.close());

test("every example is valid, within the limits, has a name of its own, and is answered", async () => {
  const names = new Set<string>();
  for (const { query, variables } of PLAYGROUND_TABS) {
    const document = parse(query);
    expect(validate(executor().schema, document)).toEqual([]);
    expect(validate(executor().schema, document, [...limitRules])).toEqual([]);
    const [operation] = document.definitions;
    names.add((operation?.kind === "OperationDefinition" && operation.name?.value) || "");
    if (isSubscription(query)) continue; // over a socket, below
    await data(graphql.store, query, JSON.parse(variables ?? "{}") as Record<string, unknown>);
    const answer = await graphql.post({ query, variables: JSON.parse(variables ?? "{}") });
    expect([answer.status, await answer.json()]).toEqual([200, { data: expect.anything() }]);
  }
  expect(names.size).toBe(PLAYGROUND_TABS.length);
  expect(names).not.toContain("");
  expect(PLAYGROUND_TABS[0]?.variables).toBeUndefined();
});

function isSubscription(query: string): boolean {
  const [operation] = parse(query).definitions;
  return operation?.kind === "OperationDefinition" && operation.operation === "subscription";
}

test("every example shows something as it stands, with no id to be filled in first", async () => {
  for (const { query, variables } of PLAYGROUND_TABS) {
    if (isSubscription(query)) continue; // over a socket, below
    const shown = await data(graphql.store, query, JSON.parse(variables ?? "{}") as Record<string, unknown>);
    for (const field of Object.values(shown as object)) {
      expect(field).not.toBeNull();
      if (field && typeof field === "object" && "nodes" in field) expect(field.nodes).not.toEqual([]);
    }
  }
});

test("a browser gets the page, packed when it takes that, and not again while it is the same", async () => {
  const packed = await fetch(graphql.url, { headers: BROWSER });
  const page = await packed.text();
  expect(packed.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  expect(page).toContain("<title>khook-gateway</title>");
  expect(page).toContain("FiringIncidents");
  const plain = await fetch(graphql.url, { headers: { ...BROWSER, "Accept-Encoding": "identity" } });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(await plain.text()).toBe(page);
  const etag = packed.headers.get("etag") ?? "";
  const again = await fetch(graphql.url, {
    headers: { ...BROWSER, "If-None-Match": etag, "Cache-Control": "max-age=0" },
  });
  expect(again.status).toBe(304);
});

test("whoever does not ask for a page gets GraphQL", async () => {
  for (const headers of [{ Accept: "application/json" }, { Accept: "*/*" }, {}]) {
    const answer = await fetch(`${graphql.url}?query=${encodeURIComponent("{ __typename }")}`, { headers });
    expect(await answer.json()).toEqual({ data: { __typename: "Query" } });
  }
});

test("the page may reach nothing but its own gateway", async () => {
  const policy = (await fetch(graphql.url, { headers: BROWSER })).headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*/);
});

test("the page runs its own scripts, told by their hashes, and nothing that got into it on the way", async () => {
  const answer = await fetch(graphql.url, { headers: BROWSER });
  const policy = answer.headers.get("content-security-policy") ?? "";
  const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? "";
  expect(scripts).toMatch(/^(?:'sha256-[A-Za-z0-9+/]{43}=' ?)+$/);
  expect(policy).not.toContain("unsafe-eval");
  expect(answer.headers.get("x-frame-options")).toBe("DENY");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
});

describe.runIf(existsSync(CHROMIUM))("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(() => browser.close());

  test("the page shows its examples, runs one against the gateway, and asks nobody else for anything", async () => {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(graphql.url, { waitUntil: "load", timeout: 60_000 });
    const titles = page.locator(".graphiql-tab");
    await titles.first().waitFor({ timeout: 60_000 });
    expect((await titles.allInnerTexts()).map((title) => title.trim())).toEqual([
      "Events",
      "LiveEvents",
      "FiringIncidents",
      "Statistics",
      "Hooks",
      "OneEvent",
    ]);
    const editor = page.locator(".graphiql-query-editor .view-lines");
    await editor.getByText("Events").first().waitFor({ timeout: 60_000 });
    await page.getByRole("tab", { name: "FiringIncidents" }).click();
    await editor.getByText("FiringIncidents").first().waitFor({ timeout: 30_000 });
    const result = page.locator(".result-window");
    const shown = result.getByText("ignoredByController").first();
    // For a moment after a change of tabs GraphiQL still has the other tab's operation in mind, and says so when it is run.
    for (let tries = 0; tries < 20 && !(await shown.isVisible()); tries++) {
      await page.locator(".graphiql-execute-button").click();
      await shown.waitFor({ timeout: 2_000 }).catch(() => undefined);
    }
    expect(await shown.isVisible()).toBe(true);
    await result.getByText("uid-0.1").first().waitFor({ timeout: 30_000 });
    if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
    const own = new URL(graphql.url).origin;
    const outside = asked.filter((url) => !url.startsWith(own) && !/^(?:data|blob):/.test(url));
    expect(outside).toEqual([]);
    expect(asked.filter((url) => url === graphql.url).length).toBeGreaterThanOrEqual(3); // page, schema, query
    expect(complaints).toEqual([]);
  }, 120_000);
});

if (!existsSync(CHROMIUM)) {
  console.warn(`NOT TESTED: the playground in a browser, for there is no ${CHROMIUM} (apt-get install chromium)`);
}
