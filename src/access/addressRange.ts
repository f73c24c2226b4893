// Addresses that are trusted: single ones, or ranges in CIDR notation, of IPv4 and IPv6.
// An IPv4 address is the same one when an IPv6 socket says it (`::ffff:10.0.0.7`).
import { BlockList, isIP } from "node:net";

export interface AddressRange {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`; undefined of what is none. */
export function readAddressRange(text: string): AddressRange | undefined {
  const [, address = "", digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  const prefix = digits === undefined ? longest : Number(digits);
  return prefix <= longest ? { address, prefix, family: version === 4 ? "ipv4" : "ipv6" } : undefined;
}

export class AddressRanges {
  readonly #list = new BlockList();

  constructor(ranges: readonly AddressRange[]) {
    for (const { address, prefix, family } of ranges) this.#list.addSubnet(address, prefix, family);
  }

  /** Of what is no address: no. */
  has(address: string | undefined): boolean {
    const plain = address?.replace(/%.*$/, "") ?? ""; // a link-local one says its interface
    const known = MAPPED.exec(plain)?.[1] ?? plain;
    const version = isIP(known);
    return version !== 0 && this.#list.check(known, version === 4 ? "ipv4" : "ipv6");
  }
}
