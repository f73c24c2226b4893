// How the text of a setting is read: each reader returns the value, or throws a BadSetting that says what would be right.
// The same readers serve flags, variables and the file.
import { type AddressRange, readAddressRange } from "./access/addressRange.ts";
import { AUTH_MODES, type AuthMode } from "./access/authenticator.ts";
import { isIssuer, readProviderUrl } from "./access/providerUrl.ts";
import { parseDuration } from "./events/duration.ts";
import { parseRate, type Rate } from "./events/rate.ts";

export class BadSetting extends Error {}

export function text(value: string): string {
  if (value.trim() === "") throw new BadSetting("must not be empty");
  return value;
}

export function list(value: string): readonly string[] {
  return value
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** null: by where it listens. */
export function authModes(value: string): readonly AuthMode[] | null {
  if (value === "auto") return null;
  const modes = list(value).map((name) => AUTH_MODES.find((mode) => mode === name));
  const known = modes.filter((mode) => mode !== undefined);
  if (known.length < modes.length || known.length === 0 || new Set(known).size < known.length) {
    throw new BadSetting(`must be auto, or some of ${AUTH_MODES.join(", ")}, each once`);
  }
  if (known.includes("none") && known.length > 1) {
    throw new BadSetting("must not have none beside others: then whoever says nothing would see everything");
  }
  return known;
}

export function integer(lowest: number, highest: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= lowest && number <= highest)) {
      throw new BadSetting(`must be a whole number from ${lowest} to ${highest}`);
    }
    return number;
  };
}

/** Without a limit, with this one, or left to be found out. */
export function rate(value: string): Rate | "auto" | null {
  if (value === "auto") return value;
  if (value === "off" || value === "0") return null;
  const parsed = parseRate(value);
  if (!parsed)
    throw new BadSetting("must be a rate such as 200/s, 600/m or 200/s:1000 (with a burst), or off, or auto");
  return parsed;
}

export function origins(value: string): readonly string[] {
  return list(value).map((entry) => {
    if (entry === "*") {
      throw new BadSetting(
        "must name each origin: * would let every page that a user visits read what that user may see",
      );
    }
    const parsed = URL.parse(entry);
    if (parsed?.host && `${parsed.protocol}//${parsed.host}` === entry.toLowerCase()) return entry.toLowerCase();
    throw new BadSetting("must be origins such as https://ui.example.com or http://localhost:3000, without a path");
  });
}

export function hosts(value: string): readonly string[] {
  return list(value).map((entry) => {
    const parsed = URL.parse(`http://${entry}`);
    if (parsed?.hostname === entry.toLowerCase()) return entry.toLowerCase();
    throw new BadSetting("must be host names or addresses such as gateway.example.com, without a scheme or a port");
  });
}

export interface BindAddress {
  /** undefined: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/** As controller-runtime has it: `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` is null. */
export function bindAddress(value: string): BindAddress | null {
  if (value === "0") return null;
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits);
  if (!(port <= 65_535)) throw new BadSetting("must be HOST:PORT or :PORT, such as 127.0.0.1:8080, or 0 for nowhere");
  return { host: (bracketed ?? plain) || undefined, port };
}

export function boolean(value: string): boolean {
  if (value !== "true" && value !== "false") throw new BadSetting("must be true or false");
  return value === "true";
}

export function url(value: string): string {
  const parsed = URL.parse(value);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new BadSetting("must be a URL such as http://kagent:8083");
  return value;
}

const LOOPBACK_ONLY = "http is for a provider on this machine's loopback alone";

export function providerUrl(value: string): string {
  if (!readProviderUrl(value)) throw new BadSetting(`must be an https URL; ${LOOPBACK_ONLY}`);
  return value;
}

export function issuer(value: string): string {
  if (!isIssuer(value)) throw new BadSetting(`must be an https URL without a query; ${LOOPBACK_ONLY}`);
  return value;
}

export function addressRanges(value: string): readonly AddressRange[] {
  return list(value).map((entry) => {
    const range = readAddressRange(entry);
    if (!range)
      throw new BadSetting(`must be addresses such as 10.0.0.7, 10.0.0.0/8 or fd00::/8, which ${entry} is not`);
    return range;
  });
}

export function headerName(value: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(value)) throw new BadSetting("must be the name of a header, such as Remote-User");
  return value;
}

export function duration(value: string): number {
  const millis = parseDuration(value);
  if (millis === undefined) {
    throw new BadSetting("must be a duration above zero and of at most 100 years, such as 30s, 15m, 24h or 7d");
  }
  return millis;
}

export function delay(value: string): number {
  return /^0(?:ms|[smhd])?$/.test(value) ? 0 : duration(value);
}

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["B", 1],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
]);

export function size(value: string): number {
  const bytes = bytesOf(value);
  if (!(bytes >= 2 ** 20)) throw new BadSetting("must be a size of at least 1MiB, such as 512MiB or 1GiB");
  return bytes;
}

export function messageSize(value: string): number {
  const bytes = bytesOf(value);
  if (!(bytes >= 2 ** 10 && bytes <= 2 ** 24)) throw new BadSetting("must be a size from 1KiB to 16MiB, such as 64KiB");
  return bytes;
}

/** NaN of what is no size. */
function bytesOf(value: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value);
  const unit = SIZE_UNITS.get(parts?.[2] ?? "");
  return unit === undefined ? Number.NaN : Math.floor(Number(parts?.[1]) * unit);
}

const GRAPHQL_MODES = ["open", "persisted"] as const;

export function graphqlMode(value: string): (typeof GRAPHQL_MODES)[number] {
  const mode = GRAPHQL_MODES.find((name) => name === value);
  if (!mode) throw new BadSetting(`must be one of ${GRAPHQL_MODES.join(", ")}`);
  return mode;
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function logLevel(value: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === value.toLowerCase());
  if (!level) throw new BadSetting(`must be one of ${LOG_LEVELS.join(", ")}`);
  return level;
}
