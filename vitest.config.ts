// How the tests run: real sockets and real files, so each file gets a process of its own.
// graphql must be one module in the tests and in the libraries under test, hence the alias.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: fileURLToPath(new URL("node_modules/graphql/index.js", import.meta.url)) },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    execArgv: ["--disable-warning=ExperimentalWarning"],
  },
});
