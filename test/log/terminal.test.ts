// Log lines on a terminal: readable, on one line but for an error's stack, and unable to steer the terminal.
import pino from "pino";
import { expect, test } from "vitest";
import { terminalLog } from "../../src/log/terminal.ts";

function written(colors: boolean, say: (log: pino.Logger) => void): string {
  const texts: string[] = [];
  const terminal = terminalLog({ write: (text) => void texts.push(text) }, { colors });
  say(pino({ base: null, level: "debug", timestamp: pino.stdTimeFunctions.isoTime }, terminal));
  return texts.join("");
}

test("a line is the time, the level, the text and the fields, quoted where they need it", () => {
  const text = written(false, (log) =>
    log.info({ route: "/api/v1/events/{namespace}", ms: 1.5, user: null }, "request"),
  );
  expect(text).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} INFO {2}request route="\/api\/v1\/events\/\{namespace\}" ms=1\.5 user=null\n$/,
  );
});

test("an error stands below its line, with its stack", () => {
  const text = written(false, (log) => log.error({ err: new Error("no more"), requestId: "r-1" }, "it failed"));
  const [line, first, second] = text.split("\n");
  expect(line).toMatch(/ERROR it failed requestId=r-1$/);
  expect(first).toBe("    Error: no more");
  expect(second).toMatch(/^ {4} {4}at /);
});

test("what callers can send cannot move the cursor, begin a line or look like a field", () => {
  const evil = "x\u001b[2J\r\nfake=1\u009b31m\u0000";
  const text = written(false, (log) => log.warn({ url: evil, err: { stack: evil } }, evil));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(text).toContain('url="x\\u001b[2J\\r\\nfake=1');
  expect(text).not.toMatch(/^fake/m);
});

test("colours are there when they are asked for", () => {
  const say = (log: pino.Logger) => log.warn({ a: "b" }, "careful");
  expect(written(true, say)).toContain("\u001b[33mWARN \u001b[39m");
  expect(written(false, say)).not.toContain("\u001b");
});
