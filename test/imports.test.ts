// The structure, read from the imports themselves: they point inward, and each foreign library has one room.
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** What everything is built from. */
const COMPOSED = [
  "events",
  "hooks",
  "store",
  "cluster",
  "sources",
  "ingest.ts",
  "health",
  "access",
  "graph",
  "generated",
  "http",
  "log",
  "metrics",
  "tracing",
  "demo",
  "settings.ts",
  "config.ts",
];

/** What each room may import of the others; a file at the top of src is a room of its own. */
const INWARD: Readonly<Record<string, readonly string[]>> = {
  events: [],
  hooks: ["events"],
  store: ["events"],
  cluster: ["events"],
  sources: ["events", "cluster"],
  access: ["events", "cluster"],
  "ingest.ts": ["events", "store", "sources"],
  health: ["events", "store", "cluster", "sources"],
  graph: ["events", "hooks", "store"],
  generated: ["events", "graph", "client"],
  client: ["generated"],
  http: ["events", "store", "graph", "generated", "access"],
  metrics: ["events", "store", "cluster", "sources", "access", "ingest.ts", "graph", "http"],
  tracing: ["store", "cluster", "graph", "http"],
  log: [],
  demo: [],
  "settingReaders.ts": ["events", "access"],
  "settings.ts": ["access", "settingReaders.ts"],
  "config.ts": ["events", "hooks", "settings.ts", "settingReaders.ts"],
  // The composition root and the files that it is spread over.
  gateway: [...COMPOSED, "gateway.ts"],
  "gateway.ts": [...COMPOSED, "gateway"],
  "readme.ts": ["config.ts"],
  "chartReadme.ts": [],
  "dev.ts": [],
  "main.ts": ["gateway.ts", "log", "config.ts", "settings.ts", "events", "hooks", "cluster"],
};

/**
 * Rooms that may import a foreign library. One each, but for the YAML parser, which is the file format itself, and for the
 * protocol of GraphQL over WebSockets, which has two ends.
 */
const LIBRARY_ROOMS: Readonly<Record<string, readonly string[]>> = {
  "@kubernetes/client-node": ["cluster"],
  "type-graphql": ["graph"],
  "reflect-metadata": ["graph"],
  "graphql-jit": ["graph"],
  dataloader: ["graph", "access"],
  "graphql-query-complexity": ["graph"],
  "@escape.tech/graphql-armor-max-depth": ["graph"],
  "@escape.tech/graphql-armor-max-aliases": ["graph"],
  "lru-cache": ["graph", "http", "access"],
  koa: ["http"],
  "@apollo/server": ["http"],
  "@as-integrations/koa": ["http"],
  "@koa/bodyparser": ["http"],
  "raw-body": ["http"],
  "@graphql-yoga/render-graphiql": ["http"],
  "graphql-ws": ["http", "client"],
  ws: ["http"],
  "rate-limiter-flexible": ["http"],
  limiter: ["http"],
  "@koa/cors": ["http"],
  jose: ["access"],
  "@escape.tech/graphql-armor-max-directives": ["graph"],
  "fastest-levenshtein": ["events"],
  graphql: ["graph", "http"],
  "@graphql-codegen/typescript-operations": ["http"],
  "prom-client": ["metrics"],
  "@opentelemetry/api": ["tracing"],
  "@opentelemetry/exporter-trace-otlp-http": ["tracing"],
  "@opentelemetry/resources": ["tracing"],
  "@opentelemetry/sdk-trace": ["tracing"],
  pino: ["main.ts", "http", "log"],
  yaml: ["config.ts", "chartReadme.ts", "hooks", "cluster", "graph", "http", "demo"],
};

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

const imports = sourceFiles(SRC).flatMap(importsOf);

test("there are imports to read", () => {
  expect(imports.length).toBeGreaterThan(100);
});

test("imports between rooms point inward", () => {
  const outward = imports
    .filter(({ target }) => target.startsWith("."))
    .map(({ file, room, target }) => ({ file, room, to: roomOf(join(dirname(file), target)) }))
    .filter(({ room, to }) => room !== to && !INWARD[room]?.includes(to))
    .map(({ file, to }) => `${file} -> ${to}`);
  expect(outward).toEqual([]);
});

test("each foreign library is imported by the room it belongs to", () => {
  const astray = imports
    .filter(({ target }) => !target.startsWith(".") && !isBuiltin(target))
    .filter(({ room, target }) => !LIBRARY_ROOMS[packageOf(target)]?.includes(room))
    .map(({ file, target }) => `${file} -> ${target}`);
  expect(astray).toEqual([]);
});

test("what the client imports is its own, generated, or the protocol of its streams: nothing of the server, and nothing of Node", () => {
  const reached = new Set<string>();
  const foreign = new Set<string>();
  const follow = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { target } of importsOf(file)) {
      if (target.startsWith(".")) follow(join(dirname(file), target));
      else foreign.add(target);
    }
  };
  follow("client/client.ts");
  expect([...reached].filter((file) => roomOf(file) !== "client").sort()).toEqual([
    "generated/errorCodes.ts",
    "generated/operations.ts",
  ]);
  expect([...foreign]).toEqual(["graphql-ws/client"]);
});

test("every production dependency is imported", () => {
  const manifest = JSON.parse(readFileSync(join(SRC, "../package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const used = new Set(imports.map(({ target }) => packageOf(target)));
  const peers = ["graphql-scalars"]; // type-graphql will not load without it
  expect(Object.keys(manifest.dependencies).filter((name) => !used.has(name) && !peers.includes(name))).toEqual([]);
});

test("only config.ts and main.ts read the process's arguments and environment", () => {
  const readers = sourceFiles(SRC)
    .filter((file) => /process\s*\.\s*(?:env|argv)\b/.test(readFileSync(join(SRC, file), "utf8")))
    .filter((file) => file !== "config.ts" && file !== "main.ts");
  expect(readers).toEqual([]);
});

function sourceFiles(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => relative(SRC, join(directory, name)));
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const statements = text.matchAll(
    /^(?:import|export)\b[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  return [...statements].map(([, from, bare, dynamic]) => ({
    file,
    room: roomOf(file),
    target: from ?? bare ?? dynamic ?? "",
  }));
}

function roomOf(file: string): string {
  return file.split("/")[0] ?? file;
}

function packageOf(target: string): string {
  const parts = target.split("/");
  return target.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? target);
}

function isBuiltin(target: string): boolean {
  return target.startsWith("node:") || builtinModules.includes(target);
}
