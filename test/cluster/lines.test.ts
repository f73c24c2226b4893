import fc from "fast-check";
import { expect, test } from "vitest";
import { Lines, LineTooLong } from "../../src/cluster/lines.ts";
import { linesOf, recording } from "../demo/server/recording.ts";

function pushAll(lines: Lines, chunks: readonly Uint8Array[]): string[] {
  return chunks.flatMap((chunk) => lines.push(chunk));
}

function cutAt(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  return [...chunks, bytes.subarray(from)];
}

test("the same lines come out however the bytes are cut", () => {
  const line = fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((text) => text.trim() === text && !/[\n]/.test(text));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(9), { maxLength: 60 }), (texts, sizes) => {
      const bytes = new TextEncoder().encode(texts.map((text) => `${text}\n`).join(""));
      expect(pushAll(new Lines(), cutAt(bytes, sizes))).toEqual(texts);
    }),
    { numRuns: 300 },
  );
});

test("a recorded burst, cut every 2,048 bytes as the real server cuts it, gives whole objects", () => {
  const recorded = recording("438-watch-utf8-split-across-chunks");
  const { body } = recorded.response;
  const chunks = cutAt(body, Array<number>(Math.floor(body.length / 2048)).fill(2048));
  const isInsideCharacter = (chunk: Uint8Array): boolean => ((chunk[0] ?? 0) & 0xc0) === 0x80;
  expect(chunks.some(isInsideCharacter)).toBe(true);
  const notes = pushAll(new Lines(), chunks)
    .slice(0, linesOf(recorded).length)
    .map((line) => (JSON.parse(line) as { object: { note: string } }).object.note);
  expect(notes.length).toBeGreaterThan(1);
  expect(notes.every((note) => /^(?:•é😀)+$/u.test(note))).toBe(true);
});

test("a line that is still open is told of and not given out", () => {
  const lines = new Lines();
  expect(lines.push(Buffer.from('{"a":1}\n{"b"'))).toEqual(['{"a":1}']);
  expect(lines.unfinished).toBe(4);
  expect(lines.push(Buffer.from(":2}\n"))).toEqual(['{"b":2}']);
  expect(lines.unfinished).toBe(0);
});

test("blank lines and carriage returns are not content", () => {
  expect(new Lines().push(Buffer.from("\n\r\n  \nx\r\n"))).toEqual(["x"]);
});

test("a line may be as long as the limit and no longer, in one piece or in many", () => {
  expect(new Lines(5).push(Buffer.from("12345\n"))).toEqual(["12345"]);
  expect(() => new Lines(5).push(Buffer.from("123456\n"))).toThrow(LineTooLong);
  const slow = new Lines(5);
  slow.push(Buffer.from("123"));
  slow.push(Buffer.from("45"));
  expect(() => slow.push(Buffer.from("6"))).toThrow(LineTooLong);
});

test("what the socket does with its buffer afterwards changes no line", () => {
  const lines = new Lines();
  const buffer = Buffer.from("first");
  lines.push(buffer);
  buffer.fill("x");
  expect(lines.push(Buffer.from("\n"))).toEqual(["first"]);
});
