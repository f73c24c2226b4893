// What can be seen in the Dockerfile itself: no faults, one truth with package.json and the settings, nothing risky.
// Whether it does what it says is image.test.ts'.
import { readFileSync } from "node:fs";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";
import { SETTINGS } from "../../src/settings.ts";
import { contextFilter } from "./build.ts";
import { DOCKERFILE, readDockerfile } from "./dockerfile.ts";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly name: string;
  readonly description: string;
  readonly license: string;
  readonly scripts: { readonly start: string };
  readonly devDependencies: Readonly<Record<string, string>>;
}; // our own

const { stages, settings } = readDockerfile();
const last = stages.at(-1);

test("no instruction of it is wrong or discouraged", () => {
  expect(validate(DOCKERFILE)).toEqual([]);
});

test("it starts Node itself, with the flags of npm start", () => {
  const [node, ...words] = settings.entrypoint;
  expect(node).toBe("/nodejs/bin/node"); // where the base image has it
  expect(["node", ...words.slice(0, -1), "dist/main.js"].join(" ")).toBe(manifest.scripts.start);
  expect(words.at(-1)).toBe("/app/dist/main.js");
});

test("its labels are what package.json says", () => {
  expect(settings.labels).toEqual({
    "org.opencontainers.image.title": manifest.name,
    "org.opencontainers.image.description": manifest.description,
    "org.opencontainers.image.licenses": manifest.license,
    "org.opencontainers.image.base.name": last?.image,
  });
});

test("every stage has the Node that the tests run with", () => {
  const major = manifest.devDependencies.node?.split(".")[0];
  for (const { image } of stages) expect(image).toMatch(new RegExp(`(?:node:|nodejs)${major}\\b`));
});

test("what is built needs no emulation, and the image itself is of its own platform", () => {
  expect(stages.map(({ platform }) => platform)).toEqual(["$BUILDPLATFORM", "$BUILDPLATFORM", undefined]);
});

test("the last stage runs nothing while it is built, and takes nothing that was not built", () => {
  expect(last?.steps.filter((step) => step.does === "run")).toEqual([]);
  expect(last?.steps.filter((step) => step.does === "copy" && step.from === undefined)).toEqual([]);
});

test("packages are those of the lock file, and no script of theirs is run", () => {
  const installs = stages.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.does === "run" && /\bnpm\b/.test(step.command) ? [step.command] : [])),
  );
  expect(installs.filter((command) => !command.startsWith("npm run build"))).toEqual([
    "npm ci --omit=dev --ignore-scripts --no-audit --no-fund",
    "npm ci --ignore-scripts --no-audit --no-fund",
  ]);
});

test("it is not root's", () => {
  expect(settings.user.uid).toBeGreaterThan(1_000);
  expect(settings.user.gid).toBeGreaterThan(1_000);
});

test("its variables are settings of the gateway, and its data lies in its volume", () => {
  const known = Object.values(SETTINGS).flatMap(({ env }) => env);
  const { NODE_ENV, ...set } = settings.env;
  expect(NODE_ENV).toBe("production");
  expect(Object.keys(set).filter((name) => !known.includes(name))).toEqual([]);
  expect(settings.volumes).toEqual([set.KHOOK_GATEWAY_DATA_DIR]);
});

test("its ports are the defaults of the settings", () => {
  const { port, healthProbeBindAddress, metricsBindAddress } = SETTINGS;
  const defaults = [port, healthProbeBindAddress, metricsBindAddress].map(({ fallback = "" }) =>
    fallback.replace(":", ""),
  );
  expect(settings.ports).toEqual(defaults.map(Number));
  expect(settings.env.HEALTH_PROBE_BIND_ADDRESS).toBe(healthProbeBindAddress.fallback);
});

test.each([
  ".git/config",
  ".env",
  ".npmrc",
  "node_modules/koa/package.json",
  "dist/main.js",
  "data/events.sqlite",
  "tls.key",
  "webhook-secret",
  "test/imports.test.ts",
  "helm/khook-gateway/values.yaml",
  "schema/schema.graphql",
])("%s does not get into the build", async (file) => {
  expect((await contextFilter())(file)).toBe(false);
});

test.each(["package.json", "package-lock.json", "src/main.ts", "src/http/api.ts", "schema/openapi.json"])(
  "%s gets into the build",
  async (file) => {
    expect((await contextFilter())(file)).toBe(true);
  },
);
