// `npm run dev`: builds, and runs what was built in this very process, with the same arguments. Node starts it anew whenever a source file changes, so a build
// always comes before what it built runs, and one that fails says why and waits for the next change.
import { spawnSync } from "node:child_process";

const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});
if (status === 0) {
  await import(new URL("../dist/main.js", import.meta.url).href); // not by its name: it need not be there when types are checked
} else {
  process.exitCode = 1;
}
