// Files of manifests judged without a server and without a cluster: what a pipeline runs.
// What only a cluster knows is not judged by: namespaces, other hooks, what it has installed.
import { bundledDefinition } from "./bundledDefinition.ts";
import { readManifest } from "./manifest.ts";
import { type ReportFormat, report } from "./report.ts";
import { validateManifest } from "./validate.ts";

export interface ValidateFilesOptions {
  readonly files: readonly string[];
  readonly format: ReportFormat;
  /** The text of a file; rejects when it cannot be read. */
  readonly read: (file: string) => Promise<string>;
}

export interface ValidateFilesOutcome {
  readonly valid: boolean;
  readonly output: string;
}

/** Rejects with what `read` rejects with. */
export async function validateFiles({ files, format, read }: ValidateFilesOptions): Promise<ValidateFilesOutcome> {
  const definition = bundledDefinition("there is no cluster");
  const validations = [];
  for (const file of files) {
    const validation = validateManifest(readManifest(await read(file)), definition);
    validations.push({ file: file === "-" ? "stdin" : file, validation });
  }
  return { valid: validations.every(({ validation }) => validation.valid), output: report(validations, format) };
}
