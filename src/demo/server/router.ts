// What a request asks for, read from its method and URL alone.
// Promises the verb, resource and names that authorization and audit of a real server would see.

export type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection"
  | "head"
  | "options";

export interface ResourceRoute {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

export interface PathRoute {
  readonly verb: string;
  readonly path: string;
}

export type Route = ResourceRoute | PathRoute;

export function isResource(route: Route): route is ResourceRoute {
  return "resource" in route;
}

/** `/api/v1/...` and `/apis/{group}/{version}/...` with at least a resource behind; all else is a plain path. */
export function routeOf(method: string, url: URL): Route {
  const parts = url.pathname.split("/").slice(1).map(decoded);
  if (parts.at(-1) === "") parts.pop();
  const [root, ...rest] = parts;
  const isGroup = root === "apis";
  const prefix = isGroup ? 2 : 1;
  if ((root !== "api" && !isGroup) || rest.length <= prefix) {
    return { verb: pathVerb(method), path: url.pathname };
  }
  const group = isGroup ? (rest[0] ?? "") : "";
  const version = rest[prefix - 1] ?? "";
  const path = rest.slice(prefix);
  const isOldWatch = path[0] === "watch";
  if (isOldWatch) path.shift();
  const where = place(path);
  const isWatch = isOldWatch || (where.name === undefined && isTrue(url.searchParams, "watch"));
  return { verb: resourceVerb(method, where.name !== undefined && !isOldWatch, isWatch), group, version, ...where };
}

function place(path: readonly string[]): Pick<ResourceRoute, "resource" | "subresource" | "namespace" | "name"> {
  const [first = "", namespace, ...rest] = path;
  if (first !== "namespaces" || namespace === undefined) {
    return { resource: first, namespace: undefined, name: path[1], subresource: path[2] };
  }
  const isOfNamespace = rest.length === 0 || rest[0] === "status" || rest[0] === "finalize";
  if (isOfNamespace) return { resource: "namespaces", namespace, name: namespace, subresource: rest[0] };
  return { resource: rest[0] ?? "", namespace, name: rest[1], subresource: rest[2] };
}

function resourceVerb(method: string, isNamed: boolean, isWatch: boolean): Verb {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return isNamed ? "delete" : "deletecollection";
    case "OPTIONS":
      return "options";
    default:
      if (isNamed) return "get";
      return isWatch ? "watch" : "list";
  }
}

function pathVerb(method: string): string {
  return method.toLowerCase();
}

/** Query booleans as the API machinery reads them: present means true, unless it says `0` or `false`. */
export function isTrue(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
