// The image as its Dockerfile makes it: carried out here step by step, as there is no container engine in a test.
// What comes out is looked through, and then run as it would be: its own command, its own user, nothing to write to but /data.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { chmod, chown, copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { until } from "../gateway/storedEvents.ts";
import { TroubledCluster } from "../gateway/troubledCluster.ts";
import { buildImage, Unreachable } from "./build.ts";
import { addBaseImage, Container, IS_SEALED, type Place } from "./container.ts";
import { ROOT, readDockerfile } from "./dockerfile.ts";
import { filesOf, packagesOf } from "./rootFiles.ts";

const MIB = 1024 * 1024;
/** Of node_modules, in MiB. Growing past it takes a good reason. */
const MOST = 80;

/** One of the demo's users. */
const VIEWER = { authorization: "Bearer demo-viewer-token" };

const dockerfile = readDockerfile();
const { settings } = dockerfile;
const [node = ""] = settings.entrypoint;
let directory: string;
let root: string;
let unreachable: string | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "khook-gateway-image-"));
  await chmod(directory, 0o755); // it is entered by another user
  try {
    ({ root } = await buildImage(dockerfile, directory));
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    unreachable = `NO REGISTRY: the image was not built. ${error.message}`;
    console.warn(unreachable);
    return;
  }
  await addBaseImage(root);
}, 180_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

beforeEach(({ skip }) => skip(unreachable !== undefined, unreachable));

test("it holds the service, its packages and its data directory, and no more", () => {
  expect(readdirSync(join(root, "app")).sort()).toEqual(["dist", "node_modules", "package.json", "schema"]);
  expect(readdirSync(join(root, "app/schema"))).toEqual(["openapi.json"]);
  expect(readdirSync(join(root, "data"))).toEqual([]);
  const strange = filesOf(root, "app").filter(
    (file) => !/\.(?:js|json)$/.test(file) && !file.startsWith("app/node_modules/"),
  );
  expect(strange).toEqual([]);
});

test("its packages are those that package-lock.json has for production, to the last", () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly version?: string }>>;
  }; // npm's
  const wanted = Object.entries(packages).filter(([path, { dev }]) => path !== "" && !dev);
  expect(wanted.length).toBeGreaterThan(100);
  expect(packagesOf(root, "app").sort()).toEqual(wanted.map(([path, { version }]) => `${path}@${version}`).sort());
});

test("no source, map, type, test or tool is in it", () => {
  const useless = filesOf(root, "app").filter(
    (file) => /\.(?:[cm]?ts|tsx|map|bare|node)$/.test(file) || /\/(?:\.bin|tests?|__tests__)\//.test(file),
  );
  expect(useless).toEqual([]);
});

test("no secret is in it", () => {
  const telling = filesOf(root, "app").filter((file) =>
    /(?:^|\/)(?:\.npmrc|\.env.*|\.git|id_rsa|kubeconfig|.*\.(?:key|pem|p12))$/.test(file),
  );
  expect(telling).toEqual([]);
  for (const file of filesOf(root, "app").filter((name) => !name.startsWith("app/node_modules/"))) {
    expect(readFileSync(join(root, file), "utf8"), file).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY-----|_authToken=/);
  }
});

test("all of it is root's, readable by everybody and writable by nobody else", () => {
  for (const file of filesOf(root, "app")) {
    const { mode, uid } = lstatSync(join(root, file));
    expect(mode & 0o006, file).toBe(0o004);
    if (process.getuid?.() === 0) expect(uid, file).toBe(0);
  }
});

test(`its packages take less than ${MOST} MiB`, () => {
  const files = filesOf(root, "app/node_modules");
  const bytes = files.reduce((sum, file) => sum + lstatSync(join(root, file)).size, 0);
  console.info(`node_modules of the image: ${(bytes / MIB).toFixed(1)} MiB in ${files.length} files`);
  expect(bytes / MIB).toBeLessThan(MOST);
  expect(bytes / MIB).toBeGreaterThan(10);
});

test("whoever it runs as has no rights, and can write to its data and nowhere else", async () => {
  const script = `
    const tried = (path) => { try { fs.writeFileSync(path, "x"); return "written"; } catch ({ code }) { return code; } };
    console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(),
      writes: ["/app/dist/main.js", "/app/new.js", "/nodejs/bin/node", "/new", "/data/new"].map(tried) }));`;
  const container = new Container(await place(), [node, "-e", script]);
  expect(await container.exited).toEqual({ code: 0, signal: null });
  if (!IS_SEALED) return;
  expect(JSON.parse(container.stdout)).toEqual({
    ...settings.user,
    groups: [settings.user.gid],
    writes: ["EROFS", "EROFS", "EROFS", "EROFS", "written"],
  });
});

test("the demo runs in it: REST, GraphQL and its playground answer, the health check agrees, and SIGTERM ends it in order", async () => {
  const probes = `127.0.0.1:${await freePort()}`;
  const here = await place(true);
  const gateway = start(here, ["--demo", "--auth-modes", "kubernetes"], { HEALTH_PROBE_BIND_ADDRESS: probes });
  const url = await gateway.url();
  expect((await fetch(`${url}/api/v1/events`)).status).toBe(401);
  await until(async () => (await totalOf(url, VIEWER)) > 0, "events of the demo");
  expect(await (await fetch(`${url}/graphql`, { headers: { accept: "text/html" } })).text()).toContain(
    "<!doctype html>",
  );
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { ...VIEWER, "content-type": "application/json" },
    body: JSON.stringify({ query: "{ __schema { queryType { name } } hooks { totalCount } }" }),
  });
  expect(await answer.json()).toMatchObject({ data: { __schema: { queryType: { name: "Query" } } } });
  const openapi = await readFile(join(ROOT, "schema/openapi.json"), "utf8");
  expect(await (await fetch(`${url}/api/v1/openapi.json`)).json()).toEqual(JSON.parse(openapi));

  expect(await healthcheck(here, probes)).toBe(0);
  gateway.kill("SIGTERM");
  expect(await gateway.exited, gateway.stderr).toEqual({ code: 0, signal: null });
  expect(gateway.stderr).toContain('"msg":"stopped"');
  expect(await healthcheck(here, probes)).toBe(1);
});

test("against a cluster it watches, traces, keeps its events in its data directory, and has them again", async () => {
  const cluster = await TroubledCluster.start({ now: Date.now, seed: "image" });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  cluster.happen(40);
  const here = await place();
  await copyFile(cluster.kubeconfigPath, join(here.data, "kubeconfig"));
  await giveToUser(join(here.data, "kubeconfig"));
  const env = { KUBECONFIG: "/data/kubeconfig", OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` };
  const first = start(here, [], env);
  const url = await first.url();
  await until(async () => (await totalOf(url)) > 0, "events of the cluster");
  const { pipeline } = (await (await fetch(`${url}/api/v1/health`)).json()) as {
    readonly pipeline: { readonly status: string };
  };
  expect(pipeline.status).toBe("healthy");
  first.kill("SIGTERM");
  expect(await first.exited, first.stderr).toEqual({ code: 0, signal: null });

  await rm(join(here.data, "kubeconfig"));
  const second = start(here, [], env);
  expect(await totalOf(await second.url())).toBeGreaterThan(0);
});

test("hooks are judged by it, with neither a server nor a cluster", async () => {
  const hook = "apiVersion: kagent.dev/v1alpha2\nkind: Hook\nmetadata: { name: a, namespace: shop }\nspec: {}\n";
  const judged = new Container(await place(), [...settings.entrypoint, "validate", "--format=json", "-"], {}, hook);
  expect(await judged.exited, judged.stderr).toEqual({ code: 1, signal: null });
  expect(judged.stdout).toContain("spec.eventConfigurations");
});

/** With a data directory of its own, which is its user's. */
async function place(hasTmp = false): Promise<Place> {
  const data = await temporaryDirectory();
  await giveToUser(data);
  return { root, settings, data, hasTmp };
}

async function giveToUser(path: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, settings.user.uid, settings.user.gid);
}

/** Its own command; on loopback alone, as a test may not listen anywhere else. */
function start(here: Place, flags: readonly string[], env: Readonly<Record<string, string>>): Container {
  const places = [
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--metrics-bind-address",
    "127.0.0.1:0",
    "--shutdown-grace",
    "2s",
  ];
  return new Container(here, [...settings.entrypoint, ...places, ...flags], {
    HEALTH_PROBE_BIND_ADDRESS: "127.0.0.1:0",
    ...env,
  });
}

async function healthcheck(here: Place, probes: string): Promise<number | null> {
  const check = new Container(here, settings.healthcheck, { HEALTH_PROBE_BIND_ADDRESS: probes });
  return (await check.exited).code;
}

async function totalOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const answer = await fetch(`${url}/api/v1/events?limit=1`, { headers });
  const { pagination } = (await answer.json()) as { readonly pagination: { readonly total: number } }; // DESIGN's
  return pagination.total;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await promisify(server.close.bind(server))();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
