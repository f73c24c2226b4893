// Who can reach what the gateway listens on, and what follows for authentication.
// Left to itself it is open to its own machine and guarded towards all others.
import { BlockList, isIP } from "node:net";
import type { AuthMode } from "./authenticator.ts";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whether an address to listen on can be reached from this machine alone; undefined is every address. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  if (host === "localhost") return true;
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 4 ? "ipv4" : "ipv6");
}

/** The modes that were set, or those that fit where the API listens. */
export function effectiveModes(set: readonly AuthMode[] | null, host: string): readonly AuthMode[] {
  return set ?? (isLoopback(host) ? ["none"] : ["kubernetes"]);
}

export interface Listening {
  /** `--host 0.0.0.0`, as it was set. */
  readonly setting: string;
  readonly host: string;
}

/** Why nothing may listen so; undefined when it may. */
export function exposureFault(
  modes: readonly AuthMode[],
  listening: readonly Listening[],
  isAllowed: boolean,
): string | undefined {
  if (isAllowed || !modes.includes("none")) return undefined;
  const exposed = listening.find(({ host }) => !isLoopback(host));
  if (!exposed) return undefined;
  return (
    `${exposed.setting} can be reached by others, and with --auth-modes none everybody would see everything: ` +
    "listen on 127.0.0.1, choose --auth-modes kubernetes, or say --allow-unauthenticated"
  );
}
