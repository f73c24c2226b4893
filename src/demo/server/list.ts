// Lists: which version is read, which page of it, and the token for the next one.
// Promises the rules of resourceVersion, resourceVersionMatch, limit and continue, and their real refusals.
import { goSyntaxError } from "../admission/goJson.ts";
import type { KubeObject, StatusCause } from "../kubeObject.ts";
import type { ApiResource } from "./resources.ts";
import type { Selector } from "./selectors.ts";
import {
  badRequest,
  expiredList,
  expiredToken,
  forbiddenField,
  internalError,
  invalidListOptions,
  tooNew,
} from "./statusError.ts";
import { type Page, type Storage, StorageError } from "./storage.ts";
import type { ListMeta } from "./wire.ts";

export interface Listed {
  readonly metadata: ListMeta;
  readonly items: readonly KubeObject[];
}

interface Token {
  /** -1: whatever is newest, consistent with nothing before. */
  readonly revision: number;
  /** The key to go on after, with the zero byte that makes it the first key behind it. */
  readonly start: string;
}

const TOKEN_VERSION = "meta.k8s.io/v1";

/** One page of a resource as the query asks for it. */
export function list(
  storage: Storage,
  resource: ApiResource,
  namespace: string | undefined,
  query: URLSearchParams,
  accepts: Selector | undefined,
): Listed {
  checkListOptions(query);
  const limit = limitOf(query);
  const asked = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const continued = query.get("continue") ?? "";
  if (continued !== "") {
    if (asked !== "" && asked !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    return continuedPage(storage, resource, namespace, tokenOf(continued), limit, accepts);
  }
  const version = revisionOf(asked, (why) => badRequest(`invalid resource version: ${why}`));
  if (version > storage.revision) throw tooNew(asked, storage.revision, resource.cached);
  // A cache that may answer with anything does not page.
  const isAnything = asked === "0" && resource.cached;
  const isExact = match === "Exact" || (match === "" && version > 0 && limit !== undefined);
  try {
    const page = storage.page(resource.storage, {
      namespace,
      revision: isExact ? version : undefined,
      limit: isAnything ? undefined : limit,
      accepts,
    });
    return listedOf(resource, namespace, page, accepts);
  } catch (error) {
    throw isExpired(error) ? expiredList() : error;
  }
}

function continuedPage(
  storage: Storage,
  resource: ApiResource,
  namespace: string | undefined,
  token: Token,
  limit: number | undefined,
  accepts: Selector | undefined,
): Listed {
  const key = token.start.replace(/^\//, "").replace(/\0$/, "");
  const after = namespace === undefined ? key : `${namespace}/${key}`;
  const revision = token.revision === -1 ? undefined : token.revision;
  if (revision !== undefined && revision > storage.revision) {
    throw tooNew(String(revision), storage.revision, resource.cached);
  }
  try {
    const page = storage.page(resource.storage, { namespace, revision, after, limit, accepts });
    return listedOf(resource, namespace, page, accepts);
  } catch (error) {
    throw isExpired(error) ? expiredToken(tokenText({ revision: -1, start: token.start })) : error;
  }
}

function listedOf(
  resource: ApiResource,
  namespace: string | undefined,
  page: Page,
  accepts: Selector | undefined,
): Listed {
  const resourceVersion = String(page.revision);
  if (page.next === undefined) return { metadata: { resourceVersion }, items: page.items };
  const key = namespace === undefined ? page.next : page.next.slice(namespace.length + 1);
  const start = `${resource.cached ? "/" : ""}${key}\0`;
  return {
    metadata: {
      resourceVersion,
      continue: tokenText({ revision: page.revision, start }),
      // With a selector nobody knows how many of the rest would be kept.
      remainingItemCount: accepts === undefined ? page.remaining : undefined,
    },
    items: page.items,
  };
}

function tokenText(token: Token): string {
  const text = JSON.stringify({ v: TOKEN_VERSION, rv: token.revision, start: token.start });
  return Buffer.from(text).toString("base64url");
}

function tokenOf(text: string): Token {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const stray = /[^A-Za-z0-9_-]/.exec(text);
  if (stray !== null) throw refuse(`illegal base64 data at input byte ${stray.index}`);
  const bytes = Buffer.from(text, "base64url");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    // Go's scanner goes byte by byte; as latin1 every byte is one character.
    throw refuse(goSyntaxError(bytes.toString("latin1")));
  }
  const { v, rv, start } = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  if (v !== TOKEN_VERSION) throw refuse(`server does not recognize this encoded version ${JSON.stringify(v ?? "")}`);
  if (rv === 0 || typeof rv !== "number") {
    throw refuse(`incorrect encoded start resourceVersion (version ${TOKEN_VERSION})`);
  }
  if (typeof start !== "string" || start === "") {
    throw refuse(`encoded start key empty (version ${TOKEN_VERSION})`);
  }
  return { revision: rv, start };
}

/** Everything that forbids a combination of options, for lists (`watch` false) and watches. */
export function checkListOptions(query: URLSearchParams, isWatch = false): void {
  const causes: StatusCause[] = [];
  const asked = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const wantsInitial = query.has("sendInitialEvents");
  if (isWatch && wantsInitial) {
    if (match !== "NotOlderThan") {
      causes.push(
        forbiddenField(
          "resourceVersionMatch",
          "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
      );
    }
  } else if (match !== "") {
    if (isWatch) causes.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden for watch"));
    if (asked === "") {
      causes.push(
        forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"),
      );
    }
    if ((query.get("continue") ?? "") !== "") {
      causes.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden with continue"));
    }
    if (match !== "Exact" && match !== "NotOlderThan") {
      causes.push({
        reason: "FieldValueNotSupported",
        message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
        field: "resourceVersionMatch",
      });
    }
    if (match === "Exact" && asked === "0") {
      causes.push(
        forbiddenField("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      );
    }
  }
  if (!isWatch && wantsInitial) {
    causes.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (causes.length > 0) throw invalidListOptions(causes);
}

function limitOf(query: URLSearchParams): number | undefined {
  const text = query.get("limit");
  if (text === null || text === "") return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const limit = Number(text);
  return limit > 0 ? limit : undefined;
}

/** A resourceVersion as a number; nothing and `0` are 0. */
export function revisionOf(text: string, refuse: (why: string) => Error): number {
  if (text === "") return 0;
  if (!/^\d+$/.test(text)) {
    const value = JSON.stringify(text);
    throw refuse(`resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`);
  }
  return Number(text);
}

export function watchRevisionOf(query: URLSearchParams): number {
  return revisionOf(query.get("resourceVersion") ?? "", internalError);
}

function isExpired(error: unknown): boolean {
  return error instanceof StorageError && error.fault === "Expired";
}
