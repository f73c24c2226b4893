// The client as it is packed: what can be imported, what its types need, and how much of it a bundle holds.
// Everything is done in an empty folder, so that nothing of this one helps.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { LiveServer } from "../http/live/liveServer.ts";
import { bundled, examples, folderWithClient } from "./bundle.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const USE = `
import { createGateway, GatewayError, listEvents, streamEvents } from "khook-gateway/client";
const gateway = createGateway({ url: process.argv[2] });
const { events } = await listEvents(gateway, { limit: 1 });
const error = await listEvents(gateway, { limit: 0 }).catch((thrown) => thrown);
let id;
for await (const { event } of streamEvents(gateway, { since: "1h" })) { id = event.id; break; }
console.log(JSON.stringify([events.totalCount, error instanceof GatewayError && error.code, id]));
`;

test("packed, it runs with graphql-ws alone, and ends when its streams have", async () => {
  const server = await LiveServer.start();
  const [first] = await server.happen(2);
  const folder = await folderWithClient();
  writeFileSync(join(folder, "use.js"), USE);
  const { stdout, stderr } = await run(process.execPath, ["use.js", server.url], { cwd: folder });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([2, "BAD_USER_INPUT", first?.record.event.id]);
  await expect(run(process.execPath, ["-e", 'await import("khook-gateway")'], { cwd: folder })).rejects.toThrow(
    "ERR_PACKAGE_PATH_NOT_EXPORTED",
  );
  await server.close();
});

test("the README's example for Node runs as it stands, and is refused as it says", async () => {
  const server = await LiveServer.start();
  server.clock.now += 1_000;
  await server.happen(2);
  const folder = await folderWithClient();
  const [example = ""] = examples();
  const here = example.replace("http://localhost:8082", server.url).replace('["shop"]', '["default"]');
  writeFileSync(join(folder, "example.js"), here);
  const told = await run(process.execPath, ["example.js"], { cwd: folder });
  expect(told.stdout.split("\n")).toEqual([
    expect.stringMatching(/^pod-restart web-\d+ Back-off$/),
    expect.stringMatching(/^pod-restart web-\d+ Back-off$/),
    "there is no such hook",
    "",
  ]);
  writeFileSync(join(folder, "refused.js"), here.replace("limit: 5", "limit: 0"));
  const refused = await run(process.execPath, ["refused.js"], { cwd: folder });
  expect(refused.stderr).toMatch(/^BAD_USER_INPUT 400 made-\d+\nfirst 0 is out of range/);
  await server.close();
});

test.each([
  ["browsers", "esnext,dom,dom.asynciterable", "bundler", "esnext"],
  ["browsers of some years ago", "es2022,dom", "nodenext", "nodenext"],
])("its types are whole for %s, with no other types installed", async (_, lib, moduleResolution, module) => {
  const folder = await folderWithClient();
  const source = USE.replace("process.argv[2]", '"http://localhost:8082"').replace(
    "let id;",
    "let id: string | undefined;",
  );
  writeFileSync(join(folder, "use.ts"), source.replace("event.id", "event?.id"));
  writeFileSync(join(folder, "wrong.ts"), source.replace("limit: 1 ", "limt: 1 ").replace("event.id", "event?.id"));
  const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--module", module];
  const check = (file: string) => {
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const more = ["--moduleResolution", moduleResolution, "--lib", lib, "--types", "", file];
    return run(process.execPath, [tsc, ...flags, ...more], { cwd: folder }).then(
      () => "",
      ({ stdout }: { readonly stdout: string }) => stdout,
    );
  };
  expect(await check("use.ts")).toBe("");
  expect(examples()).toHaveLength(2);
  for (const [index, example] of examples().entries()) {
    writeFileSync(join(folder, `example${index}.ts`), example);
    expect(await check(`example${index}.ts`)).toBe("");
  }
  expect(await check("wrong.ts")).toContain("limt");
});

test("a bundle that asks one question holds that question, and nothing of streams", async () => {
  const importing = 'export { createGateway, listEvents } from "khook-gateway/client";';
  const code = await bundled(importing);
  expect(code).toContain("query ListEvents(");
  for (const other of ["graphql-transport-ws", "WebSocketImpl", "StreamEvents", "GetDiagnostics", "ListHooks"]) {
    expect(code).not.toContain(other);
  }
  expect(code.length).toBeLessThan(8_000);
  const listening = await bundled('export { createGateway, streamEvents } from "khook-gateway/client";');
  expect(listening).toContain("graphql-transport-ws");
  expect(listening).not.toContain("query ListEvents(");
  expect(listening.length).toBeLessThan(24_000);
});

test("every other room is said to have side effects, so that no bundle of the gateway itself is shaken", () => {
  const { sideEffects } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly sideEffects: readonly string[];
  }; // our own
  const rooms = readdirSync(join(ROOT, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "client" && entry.name !== "generated")
    .map(({ name }) => `./dist/${name}/**`);
  expect(sideEffects.toSorted()).toEqual(["./dist/*.js", ...rooms].toSorted());
});
