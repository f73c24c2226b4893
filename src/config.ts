// The configuration: flag over environment over file over default. The only reader of argv and of the environment.
// Every fault is one line that names the setting, where its value came from, and what would be right.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse as parseYaml } from "yaml";
import type { EffectiveSetting } from "./events/diagnostics.ts";
import { didYouMean, nearestName } from "./events/nearest.ts";
import { REPORT_FORMATS, type ReportFormat } from "./hooks/report.ts";
import { BadSetting } from "./settingReaders.ts";
import { type Config, SETTINGS, type Setting, type SettingName } from "./settings.ts";

/** A configuration that cannot be: its message is one line, meant for the one who wrote it. */
export class ConfigError extends Error {}

export interface Invocation {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Origin = "flag" | "environment" | "file" | "default";

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<SettingName, Origin>>;
  /** Every setting as it was given, without credentials. */
  readonly settings: readonly EffectiveSetting[];
}

export type Command =
  | { readonly run: "help" }
  | { readonly run: "version" }
  /** `-` among the files is what is piped in. */
  | { readonly run: "validate"; readonly files: readonly string[]; readonly format: ReportFormat }
  | ({ readonly run: "gateway" } & LoadedConfig);

/** What Kubernetes puts into a pod's KHOOK_GATEWAY_PORT when a Service is called khook-gateway; nobody set that. */
const SERVICE_LINK = /^(?:tcp|udp|sctp):\/\//;

const NAMES = Object.keys(SETTINGS) as SettingName[]; // the keys of a const object

export function readCommand({ argv, env }: Invocation): Command {
  if (argv[0] === "validate") return readValidate(argv.slice(1));
  const flags = readFlags(argv);
  if (flags.has("help")) return { run: "help" };
  if (flags.has("version")) return { run: "version" };

  const configFile = textOf("config", flags, env, new Map());
  const file = configFile === undefined ? new Map<SettingName, string>() : readFile(configFile.text);
  const values = new Map<SettingName, unknown>();
  const origins = new Map<SettingName, Origin>();
  const settings: EffectiveSetting[] = [];
  for (const name of NAMES) {
    const found = textOf(name, flags, env, file);
    const origin = found?.origin ?? "default";
    origins.set(name, origin);
    settings.push({ flag: `--${SETTINGS[name].flag}`, value: found ? withoutCredentials(found.text) : null, origin });
    values.set(name, found === undefined ? undefined : readValue(SETTINGS[name], found));
  }
  return {
    run: "gateway",
    config: Object.fromEntries(values) as Config, // every name of the table is there, read by its own reader
    origins: Object.fromEntries(origins) as Record<SettingName, Origin>, // as above
    settings,
  };
}

function readValidate(argv: readonly string[]): Command {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: { format: { type: "string" }, help: { type: "boolean" } },
  });
  const files: string[] = [];
  let format: ReportFormat = "text";
  for (const token of tokens) {
    if (token.kind === "positional") files.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help") return { run: "help" };
    if (token.name !== "format") {
      throw new ConfigError(
        `validate: unknown flag ${token.rawName}${didYouMean(token.rawName, ["--format", "--help"])}`,
      );
    }
    const found = REPORT_FORMATS.find((each) => each === token.value);
    if (!found) throw new ConfigError(`validate: --format must be one of ${REPORT_FORMATS.join(", ")}`);
    format = found;
  }
  if (files.length === 0)
    throw new ConfigError("validate: name at least one FILE of Hook manifests, or - for what is piped in");
  return { run: "validate", files, format };
}

/** A user and a password may stand in a URL, and a key in its query. */
function withoutCredentials(text: string): string {
  return text.replace(/(\/\/)[^/\s]*@/g, "$1***@").replace(/(\/\/[^\s?]*)\?\S*/g, "$1?***");
}

/** One line a setting: flag, meaning, environment and default. */
export function helpText(): string {
  const rows = NAMES.map((name) => {
    const { flag, value, description, env, fallback } = SETTINGS[name];
    const shown = fallback === undefined || fallback === "" ? "" : ` (default ${fallback})`;
    return `  ${`--${flag} ${value}`.padEnd(30)}${description}${shown} [${env.join(", ")}]`;
  });
  return [
    "Usage: khook-gateway [flags]",
    `       khook-gateway validate [--format=${REPORT_FORMATS.join("|")}] FILE...`,
    "",
    "validate judges files of Hook manifests (- is what is piped in), with no server and no cluster: 0 when they are good, 1 when not.",
    "",
    "Serves what khook does as GraphQL and REST. A flag wins over its variable, that over the file, that over the default.",
    "",
    ...rows,
    `  ${"--help".padEnd(30)}This text`,
    `  ${"--version".padEnd(30)}The version`,
    "",
  ].join("\n");
}

/** The rows of the README's table of settings. */
export function settingsTable(): string {
  const rows = NAMES.map((name) => {
    const { flag, env, fallback, description } = SETTINGS[name];
    const shown = fallback === undefined || fallback === "" ? "" : `\`${fallback}\``;
    return `| \`--${flag}\` | ${env.map((variable) => `\`${variable}\``).join(", ")} | ${shown} | ${description} |`;
  });
  return ["| flag | environment | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

interface Found {
  readonly text: string;
  readonly origin: Origin;
  readonly where: string;
}

function textOf(
  name: SettingName,
  flags: ReadonlyMap<string, string>,
  env: Invocation["env"],
  file: ReadonlyMap<SettingName, string>,
): Found | undefined {
  const { flag, env: variables, fallback } = SETTINGS[name];
  const flagged = flags.get(flag);
  if (flagged !== undefined) return { text: flagged, origin: "flag", where: `--${flag}` };
  for (const variable of variables) {
    const text = env[variable];
    if (text !== undefined && text !== "" && !SERVICE_LINK.test(text))
      return { text, origin: "environment", where: variable };
  }
  const text = file.get(name);
  if (text !== undefined) return { text, origin: "file", where: `${name} in the configuration file` };
  return fallback === undefined || fallback === ""
    ? emptyDefault(name)
    : { text: fallback, origin: "default", where: name };
}

/** A list that is empty by default is read like any other; a setting without a default stays undefined. */
function emptyDefault(name: SettingName): Found | undefined {
  return SETTINGS[name].fallback === "" ? { text: "", origin: "default", where: name } : undefined;
}

function readValue(setting: Setting<unknown>, { text, where }: Found): unknown {
  try {
    return setting.read(text);
  } catch (error) {
    if (!(error instanceof BadSetting)) throw error;
    throw new ConfigError(`${where}: ${JSON.stringify(text)} ${error.message}`);
  }
}

function readFlags(argv: readonly string[]): ReadonlyMap<string, string> {
  const known = [...NAMES.map((name) => SETTINGS[name].flag), "help", "version"];
  const { tokens } = parseArgs({ args: [...argv], strict: false, allowPositionals: true, tokens: true });
  const flags = new Map<string, string>();
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind === "option-terminator" || taken.has(token.index)) continue;
    if (token.kind === "positional") throw new ConfigError(`unexpected argument ${JSON.stringify(token.value)}`);
    if (!known.includes(token.name)) {
      const nearest = nearestName(token.name, known);
      throw new ConfigError(`unknown flag ${token.rawName}${nearest ? `: did you mean --${nearest}?` : ""}`);
    }
    const following = argv[token.index + 1];
    if (token.value !== undefined) flags.set(token.name, token.value);
    else if (isSwitch(token.name) && following !== "true" && following !== "false") flags.set(token.name, "true");
    else if (following === undefined || following.startsWith("--")) {
      throw new ConfigError(`${token.rawName} needs a value`);
    } else {
      flags.set(token.name, following);
      taken.add(token.index + 1);
    }
  }
  return flags;
}

function isSwitch(flag: string): boolean {
  if (flag === "help" || flag === "version") return true;
  return NAMES.some((name) => SETTINGS[name].flag === flag && SETTINGS[name].value === "BOOLEAN");
}

function readFile(path: string): ReadonlyMap<SettingName, string> {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new ConfigError(`configuration file ${path}: ${reason}`);
  }
  const texts = new Map<SettingName, string>();
  if (content === null || content === undefined) return texts;
  if (typeof content !== "object" || Array.isArray(content)) {
    throw new ConfigError(`configuration file ${path}: must hold keys and values`);
  }
  for (const [key, value] of Object.entries(content)) {
    const name = NAMES.find((candidate) => candidate === key && candidate !== "config");
    if (!name) throw new ConfigError(`configuration file ${path}: unknown key ${key}${didYouMean(key, NAMES)}`);
    if (typeof value === "object" && !Array.isArray(value)) {
      throw new ConfigError(`configuration file ${path}: ${key} must be a single value`);
    }
    texts.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  return texts;
}
