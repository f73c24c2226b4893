// The client as others use it: packed, put into an empty folder with graphql-ws and nothing else, and bundled from there.
// It is built as it is shipped.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type Rolldown } from "vite";
import { builtGateway } from "../gateway/builtGateway.ts";
import { temporaryDirectory } from "../gateway/gateway.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A folder that is gone when the test is over, in which `khook-gateway/client` can be imported. */
export async function folderWithClient(): Promise<string> {
  const folder = await temporaryDirectory();
  const home = join(folder, "node_modules/khook-gateway");
  mkdirSync(home, { recursive: true });
  const run = promisify(execFile);
  const built = join(dirname(await builtGateway()), "..");
  const { stdout } = await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: built,
  });
  await run("tar", ["-xzf", join(folder, stdout.trim()), "--strip-components=1", "-C", home]);
  cpSync(join(ROOT, "node_modules/graphql-ws"), join(folder, "node_modules/graphql-ws"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  return folder;
}

/** The examples of the README, in order. */
export function examples(): readonly string[] {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  return [...readme.matchAll(/```ts\n(import .*? from "khook-gateway\/client";\n.*?)```/gs)].map(
    ([, code]) => code ?? "",
  );
}

/** The source, bundled for a browser: what it exports is `window.khook`. */
export async function bundled(source: string): Promise<string> {
  const folder = await folderWithClient();
  const entry = join(folder, "page.ts");
  writeFileSync(entry, source);
  const [made] = [
    await build({
      configFile: false,
      root: folder,
      logLevel: "error",
      build: { write: false, lib: { entry, formats: ["iife"], name: "khook" } },
    }),
  ].flat() as readonly Rolldown.RolldownOutput[]; // it does not watch
  if (made?.output.length !== 1) throw new Error("it is not one file");
  return made.output[0].code;
}
