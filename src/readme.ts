// The generated part of the README: the table of settings, put between its two marks. A plugin of graphql-codegen.
// The rest of the README is left as it is, byte for byte.
import { readFileSync } from "node:fs";
import { settingsTable } from "./config.ts";

const MARKED = /(<!-- settings:[^>]*-->\n).*?(\n<!-- \/settings -->)/s;

export function plugin(): string {
  const readme = readFileSync("README.md", "utf8");
  if (!MARKED.test(readme)) throw new Error("README.md has lost the marks of its table of settings");
  return readme.replace(MARKED, (_all, before: string, after: string) => `${before}\n${settingsTable()}\n${after}`);
}
