// The notes of a release: what CHANGELOG.md says of it, or a refusal that says what is missing.
// The script is run as the workflow runs it, on a changelog of its own.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../gateway/gateway.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const CHANGELOG = `# Changelog

## [Unreleased]

## [1.10.0] - 2026-12-01

### Added

- Ten.

## [1.1.0] - 2026-11-30

### Fixed

- One [link].

## [1.0.0] - 2026-11-01

- First.

[link]: https://example.com
`;

async function notesOf(tag: string, version: string, changelog = CHANGELOG): Promise<readonly [number | null, string]> {
  const folder = await temporaryDirectory();
  mkdirSync(join(folder, ".github"));
  copyFileSync(join(ROOT, ".github/release-notes"), join(folder, ".github/release-notes"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ version }));
  writeFileSync(join(folder, "CHANGELOG.md"), changelog);
  const { status, stdout, stderr } = spawnSync("bash", [join(folder, ".github/release-notes"), tag], {
    encoding: "utf8",
  });
  return [status, stdout + stderr];
}

test("they are what stands under the version, and nothing of the others", async () => {
  expect(await notesOf("v1.1.0", "1.1.0")).toEqual([0, "### Fixed\n\n- One [link].\n"]);
  expect(await notesOf("v1.10.0", "1.10.0")).toEqual([0, "### Added\n\n- Ten.\n"]);
  expect(await notesOf("v1.0.0", "1.0.0")).toEqual([0, "- First.\n"]);
});

test("a tag that is not the version of the package is refused", async () => {
  expect(await notesOf("v1.1.0", "1.10.0")).toEqual([
    1,
    "release-notes: the tag is of 1.1.0, and package.json of 1.10.0\n",
  ]);
});

test("a version that the changelog does not tell of is refused", async () => {
  expect(await notesOf("v1.2.0", "1.2.0")).toEqual([1, "release-notes: CHANGELOG.md says nothing under [1.2.0]\n"]);
});

test("a version without its date is refused", async () => {
  const undated = CHANGELOG.replace("[1.1.0] - 2026-11-30", "[1.1.0] - Unreleased");
  expect(await notesOf("v1.1.0", "1.1.0", undated)).toEqual([
    1,
    "release-notes: CHANGELOG.md has no date for [1.1.0] yet\n",
  ]);
});

test("the version of the package has its place in the changelog", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string }; // our own
  expect(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8")).toMatch(
    new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - (?:Unreleased|\\d{4}-\\d{2}-\\d{2})$`, "m"),
  );
});
