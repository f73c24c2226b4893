// Matching of paths: literals before placeholders, placeholders never empty, and nothing by halves.
import { expect, test } from "vitest";
import { RestTable } from "../../src/http/restTable.ts";

const NONE = new Map<string, readonly string[]>();
const table = new RestTable([
  { path: "/a", except: NONE },
  { path: "/a/{x}", except: new Map([["x", ["kept"]]]) },
  { path: "/a/b/{y}", except: NONE },
  { path: "/c/{x}/{y}/d", except: NONE },
]);

test.each([
  ["/a", "/a", []],
  ["/a/z", "/a/{x}", ["z"]],
  ["/a/%2F", "/a/{x}", ["%2F"]],
  ["/a/b/z", "/a/b/{y}", ["z"]],
  ["/c/1/2/d", "/c/{x}/{y}/d", ["1", "2"]],
])("%s is %s with %j", (path, served, values) => {
  const match = table.match(path);
  expect([match?.served.path, match?.values]).toEqual([served, values]);
});

test.each([
  "",
  "/",
  "/b",
  "a",
  "/a/",
  "/a/b",
  "/a/b/",
  "/a/kept",
  "/a/%6Bept",
  "/a/z/y",
  "/c/1/2",
  "/c//2/d",
  "/c/1/2/d/",
  "//a",
])("%s is nothing", (path) => {
  expect(table.match(path)).toBeUndefined();
});

test("a segment that cannot be decoded is left to whoever reads its value", () => {
  expect(table.match("/a/%FF")?.values).toEqual(["%FF"]);
});
