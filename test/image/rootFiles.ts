// What lies in a root directory: its files, and the packages in its node_modules.
// Both are named from the root, and nothing is left out.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Every file below, named from the root. */
export function filesOf(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/** `node_modules/a@1.0.0`, those inside of others too. */
export function packagesOf(root: string, folder: string): string[] {
  const modules = join(root, folder, "node_modules");
  const names = readdirSync(modules, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
    );
  return names.flatMap((name) => {
    const path = join(folder, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")) as {
      readonly version: string;
    }; // npm's
    const inner = readdirSync(join(root, path)).includes("node_modules") ? packagesOf(root, path) : [];
    return [`${path.slice("app/".length)}@${version}`, ...inner];
  });
}
