// What was found in files, as a text for people, as annotations for GitHub, or as JSON.
// One line for each finding, so that tools can read it; a file name is shown as it was given.
import type { Finding, Severity } from "./finding.ts";
import type { Validation } from "./validate.ts";

export const REPORT_FORMATS = ["text", "github", "json"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface FileValidation {
  readonly file: string;
  readonly validation: Validation;
}

const WRITERS: Readonly<Record<ReportFormat, (files: readonly FileValidation[]) => string>> = {
  text: (files) => `${[...files.flatMap((each) => lines(each, textLine)), summary(files)].join("\n")}\n`,
  github: (files) => `${[...files.flatMap((each) => lines(each, githubLine)), summary(files)].join("\n")}\n`,
  json(files) {
    const valid = files.every(({ validation }) => validation.valid);
    const told = files.map(({ file, validation }) => ({ file, ...validation }));
    return `${JSON.stringify({ valid, files: told }, null, 2)}\n`;
  },
};

export function report(files: readonly FileValidation[], format: ReportFormat): string {
  return WRITERS[format](files);
}

type Line = (file: string, severity: Severity, finding: Finding) => string;

function lines({ file, validation }: FileValidation, line: Line): readonly string[] {
  const errors = validation.errors.map((finding) => ({ severity: "error" as const, finding }));
  const warnings = validation.warnings.map((finding) => ({ severity: "warning" as const, finding }));
  return [...errors, ...warnings]
    .toSorted(({ finding: a }, { finding: b }) => a.line - b.line || a.column - b.column)
    .map(({ severity, finding }) => line(file, severity, finding));
}

const textLine: Line = (file, severity, finding) => {
  return oneLine(`${file}:${finding.line}:${finding.column}: ${severity} ${finding.code} ${sentence(finding)}`);
};

const githubLine: Line = (file, severity, finding) => {
  const { line, column, code } = finding;
  return `::${severity} file=${property(file)},line=${line},col=${column},title=${property(code)}::${data(sentence(finding))}`;
};

function sentence({ path, message }: Finding): string {
  return path === "" ? message : `${path}: ${message}`;
}

function summary(files: readonly FileValidation[]): string {
  const sum = (of: (validation: Validation) => number) =>
    files.reduce((all, { validation }) => all + of(validation), 0);
  const omitted = sum((each) => each.omitted);
  return [
    count(
      sum(({ hooks }) => hooks.length),
      "hook",
    ),
    count(
      sum(({ errors }) => errors.length),
      "error",
    ),
    count(
      sum(({ warnings }) => warnings.length),
      "warning",
    ),
    ...(omitted > 0 ? [`${omitted} more`] : []),
  ].join(", ");
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}

/** As GitHub's workflow commands want them: a finding must not be able to begin a command of its own. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}
