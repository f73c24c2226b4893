import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/cluster/clock.ts";
import { Connection } from "../../src/cluster/connection.ts";
import { kubeConfigFor } from "../../src/cluster/kubeconfig.ts";
import { reviewAccess, reviewToken } from "../../src/cluster/reviews.ts";
import { recording } from "../demo/server/recording.ts";
import { ScriptedServer } from "./scriptedServer.ts";

const NEVER = new AbortController().signal;
const USER = { username: "system:serviceaccount:shop:reader", uid: null, groups: ["system:authenticated"], extra: {} };
const servers: ScriptedServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A connection to a server that answers as the recorded one did, and what it is sent. */
async function answering(prefix: string) {
  const { code, body } = recording(prefix).response;
  const sent: unknown[] = [];
  const server = await ScriptedServer.start(async (response, { request, path }) => {
    const parts: Uint8Array[] = [];
    for await (const chunk of request) parts.push(chunk as Uint8Array); // no encoding is set
    sent.push([path, JSON.parse(Buffer.concat(parts).toString())]);
    response.writeHead(code, { "content-type": "application/json" }).end(body);
  });
  servers.push(server);
  return { connection: new Connection({ load: () => kubeConfigFor(server.url), clock: systemClock }), sent };
}

test("a good token is its user", async () => {
  const { connection, sent } = await answering("510");
  expect(await reviewToken(connection, "<masked-jwt>", [], NEVER)).toEqual({
    authenticated: true,
    user: {
      username: "system:serviceaccount:shop:reader",
      uid: "72812e53-ca9f-4d72-a491-d979d9661599",
      groups: ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=e9d6deac-c90e-43d1-b861-dca0aafc7044"] },
    },
  });
  expect(sent).toEqual([["/apis/authentication.k8s.io/v1/tokenreviews", JSON.parse(recording("510").requestBody)]]);
});

test("a token that was accepted for none of the audiences asked for is accepted for nobody", async () => {
  const { connection } = await answering("510"); // it names those of the API server
  expect(await reviewToken(connection, "<masked-jwt>", ["khook-gateway"], NEVER)).toEqual({
    authenticated: false,
    reason: "the token is for none of the audiences",
  });
});

test("a bad token is an answer too, although Kubernetes says 201", async () => {
  const { connection } = await answering("511");
  expect(await reviewToken(connection, "garbage", [], NEVER)).toEqual({
    authenticated: false,
    reason: "invalid bearer token",
  });
});

test("a review that cannot be made is an error", async () => {
  const { connection } = await answering("518");
  await expect(reviewToken(connection, "t", [], NEVER)).rejects.toMatchObject({ kind: "refused", status: 403 });
});

test("an allowed access says why, a denied one only that", async () => {
  const attributes = { verb: "list", group: "events.k8s.io", resource: "events", namespace: "shop" };
  const allowed = await answering("520");
  expect(await reviewAccess(allowed.connection, USER, attributes, NEVER)).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "read-events/shop" of Role "read-events" to ServiceAccount "reader/shop"',
  });
  const denied = await answering("521");
  expect(await reviewAccess(denied.connection, USER, attributes, NEVER)).toEqual({ allowed: false, reason: null });
  expect(denied.sent).toEqual([
    [
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user: USER.username, groups: USER.groups, extra: {}, resourceAttributes: attributes },
      },
    ],
  ]);
});
