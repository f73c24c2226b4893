// GET /graphql in a browser: GraphiQL, all of it from our own files, so that it works without the internet.
// The page may reach nothing but this gateway: its Content-Security-Policy says so, and browsers hold it to that.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, gzip } from "node:zlib";
import type { Middleware } from "koa";
import { PLAYGROUND_TABS } from "./playgroundTabs.ts";
import { GRAPHQL_PATH } from "./refusal.ts";
import { factsOf } from "./requestFacts.ts";

const pack = promisify(gzip);

/**
 * The scripts of the page itself, each by its hash, and its workers; calls to this gateway, and nothing else. Its editor makes
 * styles as it goes, which no hash can name.
 */
function policyOf(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ")}`,
    "worker-src blob:",
    "style-src 'unsafe-inline'",
    "font-src data:",
    "img-src data:",
    "connect-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** A hook. */
const HOOK =
  '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="#d60590" ' +
  'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><circle cx="13" cy="4" r="2"/>' +
  '<path d="M13 6v9a5 5 0 0 1-10 0v-3l3 3"/></svg>';

/** This GraphiQL lets tabs be dragged, and thinks each was dragged far away: pressed, it jumps there, and the click is lost. */
const STILL_TABS = ".graphiql-tab { transform: none !important }";

/** Scripts that a page brings inline, without attributes. */
const SCRIPTS = /<script>([\s\S]*?)<\/script>/g;

interface Page {
  readonly etag: string;
  readonly policy: string;
  /** The page is 9 MB of text; only its packed form is kept. */
  readonly packed: Buffer;
}

/** Answers browsers that ask for /graphql as a page, and leaves everything else to those who come next. */
export function playground(): Middleware {
  let page: Promise<Page> | undefined;

  return async (ctx, next) => {
    const isAskedFor =
      ctx.path === GRAPHQL_PATH &&
      (ctx.method === "GET" || ctx.method === "HEAD") &&
      ctx.accepts("application/json", "application/graphql-response+json", "text/html") === "text/html";
    if (!isAskedFor) return next();
    factsOf(ctx.req).route = GRAPHQL_PATH;
    page ??= render();
    const { etag, policy, packed } = await page;
    ctx.status = 200;
    ctx.type = "text/html; charset=utf-8";
    ctx.etag = etag;
    ctx.vary("Accept, Accept-Encoding");
    ctx.set({
      "Cache-Control": "no-cache",
      "Content-Security-Policy": policy,
    });
    if (ctx.fresh) {
      ctx.status = 304;
    } else if (ctx.acceptsEncodings("gzip", "identity") === "gzip") {
      ctx.set("Content-Encoding", "gzip");
      ctx.body = packed;
    } else {
      ctx.body = Readable.from([packed]).pipe(createGunzip()); // as it is taken: unpacked it is megabytes
    }
  };
}

/** Loads the library only when the first browser comes: it is megabytes of assets. */
async function render(): Promise<Page> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const html = renderGraphiQL({
    title: "khook-gateway",
    logo: HOOK,
    favicon: `data:image/svg+xml,${encodeURIComponent(HOOK)}`,
    defaultTabs: PLAYGROUND_TABS.map((tab) => ({ ...tab, headers: "" })),
    credentials: "same-origin",
    subscriptionsProtocol: "WS",
  });
  const page = html.replace("</head>", `<style>${STILL_TABS}</style></head>`);
  const policy = policyOf([...page.matchAll(SCRIPTS)].map(([, script = ""]) => script));
  return { etag: createHash("sha256").update(page).digest("base64url"), policy, packed: await pack(page) };
}
