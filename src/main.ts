#!/usr/bin/env node
// The process: arguments in, signals, exit code. 0 after a clean stop, 1 when the gateway failed, 2 for a bad setting.
// The first signal stops in order, within the grace time, also what has only begun to start; the second one ends at once.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import pino, { type DestinationStream } from "pino";
import { systemClock } from "./cluster/clock.ts";
import { ConfigError, helpText, readCommand } from "./config.ts";
import type { Gateway } from "./gateway.ts";
import { validateFiles } from "./hooks/validateFiles.ts";
import { terminalLog } from "./log/terminal.ts";

const LOWEST_NODE = 24;
/** Ctrl-C goes to every process of a terminal, and npm, shells and `node --watch` pass it on: so close together it is one. */
const ECHO_MS = 250;
/** What may hold the process when all of ours has ended, such as a library's next try to reach somebody who is away. */
const LEFTOVERS_MS = 250;

async function main(): Promise<number> {
  if (Number.parseInt(process.versions.node, 10) < LOWEST_NODE) {
    process.stderr.write(`khook-gateway needs Node ${LOWEST_NODE} or newer, this is ${process.versions.node}\n`);
    return 2;
  }
  const command = readCommand({ argv: process.argv.slice(2), env: process.env });
  if (command.run === "help") {
    process.stdout.write(helpText());
    return 0;
  }
  const version = packageVersion();
  if (command.run === "version") {
    process.stdout.write(`${version}\n`);
    return 0;
  }

  if (command.run === "validate") {
    const { files, format } = command;
    const { valid, output } = await validateFiles({ files, format, read: readManifestFile });
    process.stdout.write(output);
    return valid ? 0 : 1;
  }

  const log = pino(
    { level: command.config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    logTarget(),
  );
  const stopping = new AbortController();
  let interruptedAt = Number.NEGATIVE_INFINITY;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      const isEcho = signal === "SIGINT" && performance.now() - interruptedAt < ECHO_MS;
      if (signal === "SIGINT") interruptedAt = performance.now();
      if (isEcho) return;
      if (stopping.signal.aborted) process.exit(1);
      log.info({ signal }, "stopping");
      stopping.abort();
    });
  }

  log.debug({ version }, "starting");
  try {
    // Loaded late: it needs a Node that is new enough.
    const { startGateway } = await import("./gateway.ts");
    const gateway = await startGateway({
      config: command.config,
      version,
      settings: command.settings,
      log,
      clock: systemClock,
      elapsed: () => performance.now(),
      env: process.env,
      signal: stopping.signal,
    });
    process.stdout.write(greeting(gateway));
    await aborted(stopping.signal);
    await gateway.stop();
  } catch (error) {
    if (!stopping.signal.aborted || error !== stopping.signal.reason) throw error; // else it was stopped while it started
  }
  log.info("stopped");
  return 0;
}

async function readManifestFile(file: string): Promise<string> {
  try {
    return await (file === "-" ? text(process.stdin) : readFile(file, "utf8"));
  } catch (error) {
    throw new ConfigError(`validate: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** JSON for machines; for somebody at a terminal, lines that read well. */
function logTarget(): DestinationStream {
  if (!process.stderr.isTTY) return pino.destination(2);
  return terminalLog(process.stderr, { colors: !process.env.NO_COLOR && process.stderr.hasColors() });
}

/** Where to look. */
function greeting({ url, demo }: Gateway): string {
  const lines = [
    "",
    `  playground  ${url}/graphql`,
    `  REST        curl '${url}/api/v1/events?limit=5'`,
    `  OpenAPI     ${url}/api/v1/openapi.json`,
    ...(demo ? [`  cluster     KUBECONFIG=${demo.kubeconfigPath} kubectl get hooks,events -A`] : []),
    "",
    "",
  ];
  return lines.join("\n");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}

try {
  process.exitCode = await main();
  setTimeout(() => process.exit(), LEFTOVERS_MS).unref(); // when nothing holds it, it has ended by then
} catch (error) {
  const expected =
    error instanceof ConfigError || (error instanceof Error && ["StartError", "StoreError"].includes(error.name));
  const message = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
  process.stderr.write(`khook-gateway: ${message}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
