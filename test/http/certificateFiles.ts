// Certificates in files as the kubelet mounts them: names that point into a directory of one moment, all swapped at once.
// There are two of everything, by two authorities, so that one can be told from the other.
import { mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { type CertificateFiles, type Certificates, openCertificates } from "../../src/http/certificates.ts";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { keptLog, type LogLine } from "./listening.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));

export interface Authority {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

export const FIRST = await authority(FIXTURES);
export const OTHER = await authority(join(FIXTURES, "other"));

async function authority(directory: string): Promise<Authority> {
  const text = (name: string) => readFile(join(directory, name), "utf8");
  const pair = async (name: string) => ({ cert: await text(`${name}.crt`), key: await text(`${name}.key`) });
  return { ca: await text("ca.crt"), server: await pair("server"), client: await pair("client") };
}

/** Every client of this process trusts both authorities from now on. */
export function trustBoth(): void {
  setDefaultCACertificates([FIRST.ca, OTHER.ca]);
}

export interface Mounted {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export const MOUNTED: Mounted = { ...FIRST.server, ca: FIRST.ca };

export class Mount {
  readonly files: CertificateFiles & {
    readonly certFile: string;
    readonly keyFile: string;
    readonly clientCaFile: string;
  };
  readonly #directory: string;
  #moments = 0;

  private constructor(directory: string) {
    this.#directory = directory;
    const [certFile, keyFile, clientCaFile] = [
      join(directory, "tls.crt"),
      join(directory, "tls.key"),
      join(directory, "ca.crt"),
    ];
    this.files = { certFile, keyFile, clientCaFile };
  }

  static async with(contents: Mounted): Promise<Mount> {
    const directory = await temporaryDirectory();
    const mount = new Mount(directory);
    await mount.swap(contents);
    for (const name of ["tls.crt", "tls.key", "ca.crt"]) await symlink(join("..data", name), join(directory, name));
    return mount;
  }

  async swap({ cert, key, ca }: Mounted): Promise<void> {
    const moment = `..moment-${++this.#moments}`;
    await mkdir(join(this.#directory, moment));
    await Promise.all([
      writeFile(join(this.#directory, moment, "tls.crt"), cert),
      writeFile(join(this.#directory, moment, "tls.key"), key),
      writeFile(join(this.#directory, moment, "ca.crt"), ca),
    ]);
    await symlink(moment, join(this.#directory, "..data_tmp"));
    await rename(join(this.#directory, "..data_tmp"), join(this.#directory, "..data"));
  }
}

/** Those of files that hold some; what is said of them goes into the lines. */
export async function opened(files: Partial<Mount["files"]>, lines: LogLine[] = []): Promise<Certificates> {
  const log = keptLog(lines) as Parameters<typeof openCertificates>[1]; // pino's methods have more overloads than are called
  const none = { certFile: undefined, keyFile: undefined, clientCaFile: undefined };
  const certificates = await openCertificates({ ...none, ...files }, log);
  if (!certificates) throw new Error("these files hold no certificates");
  return certificates;
}
