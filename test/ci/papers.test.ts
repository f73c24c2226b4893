// What is written for people: whether its links lead somewhere, and the commands and files that it names exist.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAPERS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];

const manifest = JSON.parse(read("package.json")) as {
  readonly version: string;
  readonly license: string;
  readonly scripts: Readonly<Record<string, string>>;
}; // our own

function read(file: string): string {
  return readFileSync(`${ROOT}${file}`, "utf8");
}

/** As GitHub makes them of headings: those outside of code. */
function anchorsOf(paper: string): readonly string[] {
  const prose = read(paper).replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each(PAPERS)("the links of %s lead to something", (paper) => {
  const links = [...read(paper).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  for (const [link, file = "", anchor] of links) {
    const target = file === "" ? paper : file;
    expect(existsSync(`${ROOT}${target}`), link).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(target), link).toContain(anchor);
  }
});

test.each(PAPERS)("the npm scripts and the files that %s names exist", (paper) => {
  const text = read(paper);
  const scripts = [...text.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)].map(([, name = ""]) => name);
  expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([]);
  const files = [...text.matchAll(/(?:`|\s)((?:src|test|schema|\.ci|\.github)\/[\w./-]+)/g)].map(
    ([, file = ""]) => file,
  );
  expect(files.filter((file) => !existsSync(`${ROOT}${file.replace(/[.,]$/, "")}`))).toEqual([]);
});

test("the licence is the one of package.json", () => {
  expect(manifest.license).toBe("Apache-2.0");
  expect(read("LICENSE")).toMatch(/^\s*Apache License\s+Version 2\.0, January 2004/);
});

test("the version of the package is supported", () => {
  const [, minor] = /^(\d+\.\d+)\./.exec(manifest.version) ?? [];
  expect(read("SECURITY.md")).toContain(`| ${minor} | yes |`);
});
