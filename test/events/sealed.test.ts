// Sealed numbers: opened only by the key and name they were sealed under, and showing nothing until then.
import { createCipheriv, createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SealedNumbers } from "../../src/events/sealed.ts";

const KEY = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const LARGEST = 2 ** 48 - 1;

test("a number is opened again, in whatever order numbers were sealed", () => {
  const sealed = new SealedNumbers({ name: "a store", key: KEY });
  const opener = new SealedNumbers({ name: "a store", key: KEY });
  const number = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: LARGEST - 100 }));
  fc.assert(
    fc.property(fc.array(number), fc.nat(), (numbers, salt) => {
      for (const each of numbers) {
        expect(sealed.seal(each)).toMatch(/^[\w-]{22}$/);
        expect(opener.open(sealed.seal(each))).toBe(each);
        expect(opener.open(sealed.sealSalted(each, salt))).toBe(each);
      }
    }),
  );
});

test("a text is one block of AES-128 over the mark of the name, the salt and the number", () => {
  const sealed = new SealedNumbers({ name: "a store", key: KEY });
  const mark = createHash("sha256").update("a store").digest("hex").slice(0, 12);
  const expected = (salt: string, number: string) => {
    const cipher = createCipheriv("aes-128-ecb", KEY, null).setAutoPadding(false);
    return cipher.update(mark + salt + number, "hex").toString("base64url");
  };
  expect(sealed.seal(5)).toBe(expected("00000000", "000000000005"));
  for (const [number, hex] of [
    [6, "06"],
    [7, "07"],
    [7, "07"],
    [69, "45"],
  ] as const) {
    expect(sealed.seal(number)).toBe(expected("00000000", `0000000000${hex}`)); // in order, and so at once
  }
  expect(sealed.seal(70)).toBe(expected("00000000", "000000000046"));
  expect(sealed.sealSalted(LARGEST, 258)).toBe(expected("00000102", "ffffffffffff"));
});

test("neighbours have nothing in common, and one number under two salts neither", () => {
  const sealed = new SealedNumbers({ name: "a store", key: KEY });
  const texts = Array.from({ length: 500 }, (_, number) => [
    sealed.seal(number),
    sealed.sealSalted(7, number + 1),
  ]).flat();
  expect(new Set(texts.map((text) => text.slice(0, 8))).size).toBe(1_000);
  expect([...texts].sort()).not.toEqual(texts);
});

test("what was sealed under another name or key, or made up, is foreign; what has not its form is nothing", () => {
  const sealed = new SealedNumbers({ name: "a store", key: KEY });
  expect(new SealedNumbers({ name: "another", key: KEY }).open(sealed.seal(1))).toBe("foreign");
  expect(new SealedNumbers({ name: "a store", key: Buffer.alloc(16) }).open(sealed.seal(1))).toBe("foreign");
  expect(sealed.open("A".repeat(22))).toBe("foreign");
  const odd = [
    "",
    "1",
    "A".repeat(21),
    "A".repeat(23),
    `${"A".repeat(21)}B`,
    `${"A".repeat(21)}+`,
    ` ${sealed.seal(1)}`,
  ];
  for (const text of odd) expect(sealed.open(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      expect([undefined, "foreign"]).toContain(sealed.open(text));
    }),
  );
  expect(sealed.open(sealed.seal(1))).toBe(1); // whatever it was shown before
});
