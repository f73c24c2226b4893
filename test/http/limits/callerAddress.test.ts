// Whose requests are counted together while nothing but an address is known.
import { expect, test } from "vitest";
import { addressName } from "../../../src/http/limits/callerAddress.ts";

test.each([
  ["10.0.0.7", "10.0.0.7"],
  ["::ffff:10.0.0.7", "10.0.0.7"],
  ["::FFFF:10.0.0.7", "10.0.0.7"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:0DB8:0000:0001:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8:0:1::", "2001:db8:0:1::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
])("%s is %s", (address, name) => {
  expect(addressName(address)).toBe(name);
});

test("a connection that is gone has no address, and that is a name as well", () => {
  expect(addressName(undefined)).toBe("unknown");
});
