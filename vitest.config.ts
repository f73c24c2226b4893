// How the tests run: real sockets and real files, so each file gets a process of its own. On all cores at once, but for those
// that are about time itself or bring a browser along: they come afterwards, one by one.
// graphql must be one module in the tests and in the libraries under test, hence the alias.
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

/** Who is fast or slow here is what they are about, and who has to share a core is slow. */
const ALONE = [
  "test/chart/start.test.ts",
  "test/client/browser.test.ts",
  "test/gateway/{large,signals,stop}.test.ts",
  "test/http/abuse/**/*.test.ts",
  "test/http/live/{browser,many,pings,slowReader}.test.ts",
];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: fileURLToPath(new URL("node_modules/graphql/index.js", import.meta.url)) },
    ],
  },
  test: {
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...ALONE],
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
