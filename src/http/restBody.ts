// The body of a request that becomes a variable: of a media type that the route takes, not too large, and UTF-8.
// What is in it is for the operation to judge.
import type { Context } from "koa";
import { readBody } from "./requestBody.ts";
import type { Refusal } from "./restErrors.ts";
import type { Variables } from "./restParameters.ts";
import type { RestBody, RestMedia } from "./restRoute.ts";

export type ReadRestBody =
  | { readonly ok: true; readonly variables: Variables }
  | { readonly ok: false; readonly refusal: Refusal };

/** Names that are in use for the same. */
const ALSO: Readonly<Partial<Record<RestMedia, readonly string[]>>> = {
  "application/yaml": ["application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml"],
};

export async function readRestBody(request: Context, takes: RestBody): Promise<ReadRestBody> {
  const foreign = foreignBody(request, takes);
  if (foreign !== undefined) {
    request.set("Accept-Post", takes.media.join(", "));
    return refused({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE", detail: foreign });
  }
  const read = await readBody(request.req, takes.maxBytes);
  if (!read.ok) {
    const code = read.status === 413 ? "PAYLOAD_TOO_LARGE" : "BAD_REQUEST";
    return refused({ status: read.status, code, detail: read.detail });
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(read.body);
    return { ok: true, variables: { [takes.variable]: text } };
  } catch {
    return refused({ status: 400, code: "BAD_REQUEST", detail: "The body is not UTF-8." });
  }
}

/** Why the body is none that is taken; undefined when it is one. */
function foreignBody(request: Context, { media }: RestBody): string | undefined {
  const taken = `This route takes ${media.join(" or ")}`;
  const header = request.get("Content-Type");
  const [type = "", ...parameters] = header.split(";").map((part) => part.trim().toLowerCase());
  if (type === "") return `${taken}, and the request has no Content-Type.`;
  if (!media.some((each) => each === type || ALSO[each]?.includes(type))) {
    return `${taken}, and not ${JSON.stringify(type.slice(0, 80))}.`;
  }
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  if (charset !== undefined && !/^"?(?:utf-?8|us-ascii)"?$/.test(charset)) return `${taken} in UTF-8 only.`;
  const encoding = request.get("Content-Encoding").toLowerCase();
  if (encoding !== "" && encoding !== "identity") return `${taken}, without Content-Encoding.`;
  return undefined;
}

function refused(refusal: Refusal): ReadRestBody {
  return { ok: false, refusal };
}
