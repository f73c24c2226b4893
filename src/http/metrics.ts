// GET /api/v1/metrics: the metrics in the format that the scraper likes best, compressed when it takes that.
// What is measured, and by whom, is not known here.
import type { Middleware } from "koa";
import { type Rights, requirePath } from "../graph/rights.ts";
import type { RightsOf } from "./callerRights.ts";
import { chooseCoding, compress, WORTH_COMPRESSING } from "./compression.ts";
import { answerProblem } from "./problem.ts";
import { factsOf } from "./requestFacts.ts";
import { bestMedia } from "./restMedia.ts";
import { isToBeServed } from "./restMethod.ts";

export type MetricsFormat = "prometheus" | "openmetrics";

/** The metrics as they are now. Never rejects. */
export type Scrape = (format: MetricsFormat) => Promise<{ readonly contentType: string; readonly text: string }>;

export const METRICS_PATH = "/api/v1/metrics";
/** Where they are on a port of their own. */
export const SCRAPED_PATH = "/metrics";

/** The first of equals is what everything reads. */
const FORMATS = { "text/plain": "prometheus", "application/openmetrics-text": "openmetrics" } as const;
const MEDIA = ["text/plain", "application/openmetrics-text"] as const satisfies readonly (keyof typeof FORMATS)[];

/** undefined when none of them is acceptable. */
export function chooseFormat(accept: string | undefined): MetricsFormat | undefined {
  const best = accept === undefined || accept === "" ? MEDIA[0] : bestMedia(MEDIA, accept);
  return best && FORMATS[best];
}

export interface ScrapeAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export async function answerOf(
  scrape: Scrape,
  format: MetricsFormat,
  acceptEncoding: string | undefined,
): Promise<ScrapeAnswer> {
  const { contentType, text } = await scrape(format);
  const coding = text.length < WORTH_COMPRESSING ? undefined : chooseCoding(acceptEncoding);
  const headers = { "Content-Type": contentType, "Cache-Control": "no-store", Vary: "Accept, Accept-Encoding" };
  if (!coding) return { headers, body: text };
  return { headers: { ...headers, "Content-Encoding": coding }, body: await compress(Buffer.from(text), coding) };
}

/** Throws FORBIDDEN. By the path that Prometheus is mostly let in by: `/api/*` may be got by everybody who is known. */
export function requireMetrics(rights: Pick<Rights, "mayGet">): Promise<void> {
  return requirePath(rights, SCRAPED_PATH);
}

export function createMetricsRoute(scrape: Scrape, rightsOf: RightsOf): Middleware {
  return async (request, next) => {
    if (request.path !== METRICS_PATH) return next();
    factsOf(request.req).route = METRICS_PATH;
    if (!isToBeServed(request)) return;
    await requireMetrics(rightsOf(request.req));
    const format = chooseFormat(request.req.headers.accept);
    if (!format) {
      const detail = `This route produces ${MEDIA.join(" or ")}, and the Accept header does not take it.`;
      request.vary("Accept");
      return answerProblem(request, { status: 406, detail });
    }
    const { headers, body } = await answerOf(scrape, format, request.req.headers["accept-encoding"]?.toString());
    request.status = 200;
    request.body = body;
    const vary = request.response.get("Vary");
    request.set({ ...headers, ...(vary ? { Vary: `${vary}, ${headers.Vary}` } : {}) }); // behind the body, which would give it a type of its own
  };
}
