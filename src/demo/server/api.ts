// The API: who asks, whether they may, and which part answers.
// Promises the order of a real server: 401, then 403, then 404, then everything about content.
import type { IncomingMessage } from "node:http";
import { isJsonObject } from "../admission/fieldType.ts";
import { openapiV2, openapiV3, openapiV3Index } from "../admission/hookOpenapi.ts";
import { kubeTime } from "../scenario/kubeTime.ts";
import { type Form, formOf } from "./accept.ts";
import { type Access, type Attributes, denial, type User } from "./access.ts";
import { apiGroup, apiGroups, apiResources, apiVersions, healthBody, versionBody } from "./discovery.ts";
import { read } from "./reading.ts";
import { type Reply, reply, textReply, type WatchReply } from "./reply.ts";
import { readBody } from "./requestBody.ts";
import { type ApiResource, RESOURCES, resourceOf } from "./resources.ts";
import { REVIEWS } from "./reviews.ts";
import { isResource, isTrue, type ResourceRoute, type Route, routeOf } from "./router.ts";
import { forbidden, forbiddenPath, methodNotAllowed, notAcceptable, unauthorized } from "./statusError.ts";
import type { Storage } from "./storage.ts";
import { HOOK_CRD, type Termination } from "./termination.ts";
import { write } from "./writing.ts";

export interface ApiOptions {
  readonly storage: Storage;
  readonly access: Access;
  readonly termination: Termination;
  readonly now: () => Date;
  /** How long a watch without timeoutSeconds lives, in milliseconds. */
  readonly watchLifetimeMs: () => number;
}

/** A request for a resource that is there, by somebody who may ask. */
export interface Call extends ApiOptions {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly route: ResourceRoute;
  readonly resource: ApiResource;
  readonly form: Form;
  /** Who fields are said to be managed by. */
  readonly manager: string;
}

const READS = ["get", "list", "watch"];

export class Api {
  private readonly options: ApiOptions;

  constructor(options: ApiOptions) {
    this.options = options;
  }

  /** Who asks, by the bearer token or its absence; undefined when that is nobody known. */
  callerOf(request: IncomingMessage): User | undefined {
    const { authorization } = request.headers;
    if (authorization === undefined) return this.options.access.withoutToken;
    const token = /^bearer\s+(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) return undefined;
    const found = this.options.access.authenticate(token);
    return "user" in found ? found.user : undefined;
  }

  /** Throws StatusError for every refusal. */
  async handle(request: IncomingMessage, url: URL): Promise<Reply | WatchReply> {
    const known = this.callerOf(request);
    if (known === undefined) throw unauthorized();
    const caller = this.impersonated(known, request);
    const route = routeOf(request.method ?? "GET", url);
    this.authorize(caller, route, url.searchParams);
    if (!isResource(route)) return this.path(route.path, url, request);
    const review = REVIEWS[`${route.group}/${route.resource}`];
    const manager = managerOf(request, url.searchParams);
    if (review !== undefined && route.version === "v1") {
      if (route.verb !== "create") throw methodNotAllowed();
      const body = await readBody(request, "a review");
      const { access, now } = this.options;
      const answer = review({
        access,
        caller,
        namespace: route.namespace,
        body: isJsonObject(body) ? body : {},
        manager,
        now: kubeTime(now().getTime()),
      });
      return reply(201, answer);
    }
    const resource = this.served().find((row) => row === resourceOf(route));
    if (resource === undefined || !isPlace(resource, route)) return textReply(404, "404 page not found\n");
    const form = formOf(request.headers.accept);
    if (form === undefined) throw notAcceptable();
    const call: Call = { ...this.options, request, query: url.searchParams, route, resource, form, manager };
    return READS.includes(route.verb) ? read(call) : write(call);
  }

  /** The resources there are now: Hooks only while their definition is. */
  private served(): readonly ApiResource[] {
    const isDefined = this.options.storage.get("customresourcedefinitions", undefined, HOOK_CRD) !== undefined;
    return isDefined ? RESOURCES : RESOURCES.filter((row) => !row.custom);
  }

  private impersonated(caller: User, request: IncomingMessage): User {
    const name = request.headers["impersonate-user"];
    if (typeof name !== "string") return caller;
    const may = this.options.access.decide(caller, { verb: "impersonate", group: "", resource: "users", name });
    const attributes = { verb: "impersonate", group: "", resource: "users", name };
    if (!may.allowed) throw forbidden({ group: "", resource: "users" }, name, denial(caller, attributes));
    const asked = request.headers["impersonate-group"];
    const groups = asked === undefined ? [] : [asked].flat();
    return { username: name, groups: [...new Set([...groups, "system:authenticated"])] };
  }

  private authorize(caller: User, route: Route, query: URLSearchParams): void {
    const attributes: Attributes = isResource(route) ? { ...route, name: route.name ?? nameSelected(query) } : route;
    const decision = this.options.access.decide(caller, attributes);
    if (decision.allowed) return;
    const why = denial(caller, attributes);
    throw isResource(route) ? forbidden(route, route.name, why) : forbiddenPath(why);
  }

  private path(path: string, url: URL, request: IncomingMessage): Reply {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const health = healthBody(path, isTrue(url.searchParams, "verbose"));
    if (health !== undefined && isRead) return textReply(200, health);
    const answer = isRead ? this.description(path.replace(/\/$/, ""), request) : undefined;
    if (answer === undefined) return textReply(404, "404 page not found\n");
    return typeof answer === "string" ? { code: 200, headers: {}, body: answer } : reply(200, answer);
  }

  private description(path: string, request: IncomingMessage): unknown {
    const served = this.served();
    const [root, group = "", version] = path.split("/").slice(1);
    switch (root) {
      case "version":
        return group === "" ? versionBody() : undefined;
      case "openapi":
        if (path === "/openapi/v2") return openapiV2();
        if (path === "/openapi/v3") return openapiV3Index();
        return openapiV3(path.replace(/^\/openapi\/v3\/(apis\/)?/, "").replace(/^api\//, ""));
      case "api":
        if (path === "/api") return apiVersions(request.headers.host ?? "127.0.0.1");
        return version === undefined ? apiResources("", group, served) : undefined;
      case "apis":
        if (group === "") return apiGroups(served);
        return version === undefined ? apiGroup(group, served) : apiResources(group, version, served);
      default:
        return undefined;
    }
  }
}

/** Whether such a resource can be at such a place: cluster-scoped ones are in no namespace. */
function isPlace(resource: ApiResource, route: ResourceRoute): boolean {
  const { namespace, name, subresource, verb } = route;
  if (subresource !== undefined && !resource.subresources.includes(subresource)) return false;
  if (!resource.namespaced) return namespace === undefined || resource.plural === "namespaces";
  const isWholeCluster = namespace === undefined;
  return !isWholeCluster || (name === undefined && ["list", "watch", "deletecollection"].includes(verb));
}

/** `fieldSelector=metadata.name=x` on a list counts as asking for x. */
function nameSelected(query: URLSearchParams): string | undefined {
  return /^metadata\.name==?([^,]+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
}

/** The field manager a request names, or its client's name. */
function managerOf(request: IncomingMessage, query: URLSearchParams): string {
  const named = query.get("fieldManager");
  if (named !== null && named !== "") return named;
  return (request.headers["user-agent"] ?? "").split("/")[0]?.slice(0, 128) || "unknown";
}
