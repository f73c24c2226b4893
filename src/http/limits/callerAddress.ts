// A caller told by its address, for as long as nothing better is known of it.
// One subscriber is given a whole /64 of IPv6 (RFC 6177) and could come from a new address each time, so that is one caller.
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

/** Names whoever is counted as one. */
export type CallerOf = (request: IncomingMessage) => string;

export const callerAddress: CallerOf = ({ socket }) => addressName(socket.remoteAddress);

/** `10.0.0.7`, also of `::ffff:10.0.0.7`; `2001:db8:0:1::/64`; `unknown` once the connection is gone. */
export function addressName(address: string | undefined): string {
  if (address === undefined) return "unknown";
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ""] = address.split("%", 1);
  if (!isIPv6(plain)) return address;
  return `${network(plain).join(":")}::/64`;
}

/** The first four of the eight groups. */
function network(address: string): readonly string[] {
  const [before = "", behind] = address.split("::");
  const groups = (text: string | undefined) => (text ? text.split(":") : []);
  const first = groups(before);
  const zeros = behind === undefined ? 0 : 8 - first.length - groups(behind).length;
  const all = [...first, ...Array.from({ length: Math.max(0, zeros) }, () => "0"), ...groups(behind)];
  return all.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""));
}
