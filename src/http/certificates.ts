// The certificate that the gateway serves with, its key, and the authorities of certificates that callers show: from files that change.
// A change counts for connections from then on. What does not fit is said, and what was good goes on being served.
import { constants, createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions, type Server, type TlsOptions } from "node:tls";
import type { HttpLog } from "./requestLog.ts";

export interface CertificateFiles {
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** Callers are asked for certificates when it is there; none need show one. */
  readonly clientCaFile: string | undefined;
}

/** Certificates that cannot be served with. Its message is one line, for the one who starts the gateway. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

interface Contents {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

const ONE_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** undefined when there are to be none. Rejects with a CertificateError when they cannot be had, or do not fit. */
export async function openCertificates(files: CertificateFiles, log: HttpLog): Promise<Certificates | undefined> {
  const { certFile, keyFile, clientCaFile } = files;
  if (certFile === undefined && keyFile === undefined) {
    if (clientCaFile === undefined) return undefined;
    throw new CertificateError(
      "--tls-client-ca-file needs --tls-cert-file and --tls-key-file: without TLS nobody shows one",
    );
  }
  if (certFile === undefined)
    throw new CertificateError("--tls-key-file needs --tls-cert-file: the certificate of the key");
  if (keyFile === undefined)
    throw new CertificateError("--tls-cert-file needs --tls-key-file: the certificate's private key");
  const read = (): Promise<Contents> => contentsOf(certFile, keyFile, clientCaFile);
  const contents = await read();
  const expires = check(contents);
  log.info({ expires }, "serving over TLS");
  return new Certificates(read, contents, log);
}

export class Certificates {
  readonly #read: () => Promise<Contents>;
  readonly #log: HttpLog;
  readonly #servers = new Set<Server>();
  #served: Contents;
  /** What was looked at last, or why it could not be: nothing is said of it again. */
  #seen: string;

  constructor(read: () => Promise<Contents>, served: Contents, log: HttpLog) {
    this.#read = read;
    this.#served = served;
    this.#seen = JSON.stringify(served);
    this.#log = log;
  }

  /** What to make a server with, which is then to be kept. */
  get options(): TlsOptions {
    return { ...contextOptions(this.#served), requestCert: this.#served.ca !== undefined, rejectUnauthorized: false };
  }

  /** From now on the server serves with what is good at the time. */
  keep(server: Server): void {
    this.#servers.add(server);
    server.once("close", () => this.#servers.delete(server));
  }

  /** Looks whether the files have changed. Never rejects. */
  async reload(): Promise<void> {
    try {
      if (JSON.stringify(await this.#read()) === this.#seen) return;
      const contents = await this.#read(); // once more: they may have been swapped while one after the other was read
      if (!this.#isNew(JSON.stringify(contents))) return;
      const expires = check(contents);
      this.#served = contents;
      for (const server of this.#servers) server.setSecureContext(contextOptions(contents));
      this.#log.info({ expires }, "serving with the certificate that the files hold now");
    } catch (error) {
      const reason = messageOf(error);
      if (error instanceof UnreadableError && !this.#isNew(reason)) return;
      this.#log.error({ reason }, "the certificate files cannot be served with: going on with what they held before");
    }
  }

  #isNew(seen: string): boolean {
    const isNew = seen !== this.#seen;
    this.#seen = seen;
    return isNew;
  }
}

class UnreadableError extends CertificateError {}

async function contentsOf(certFile: string, keyFile: string, clientCaFile: string | undefined): Promise<Contents> {
  const textOf = (flag: string, file: string): Promise<string> =>
    readFile(file, "utf8").catch((error: unknown) => {
      throw new UnreadableError(`${flag}: ${messageOf(error)}`);
    });
  const cert = await textOf("--tls-cert-file", certFile);
  const key = await textOf("--tls-key-file", keyFile);
  const ca = clientCaFile === undefined ? undefined : await textOf("--tls-client-ca-file", clientCaFile);
  return { cert, key, ca };
}

/** When the certificate expires. Throws a CertificateError when these cannot be served with. */
function check({ cert, key, ca }: Contents): string {
  const leaf = attempt("--tls-cert-file holds no certificate in PEM", () => new X509Certificate(cert));
  const privateKey = attempt("--tls-key-file holds no private key in PEM, or one with a passphrase", () =>
    createPrivateKey(key),
  );
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new CertificateError("--tls-cert-file and --tls-key-file do not fit: the key is another certificate's");
  }
  if (ca !== undefined) {
    const authorities = ca.match(ONE_CERTIFICATE) ?? [];
    attempt("--tls-client-ca-file holds what is no certificate in PEM", () => {
      if (authorities.length === 0) throw new Error("there is none");
      for (const authority of authorities) new X509Certificate(authority);
    });
  }
  attempt("--tls-cert-file and --tls-key-file cannot be served with", () =>
    createSecureContext(contextOptions({ cert, key, ca })),
  );
  return new Date(leaf.validTo).toISOString();
}

/** Tickets would let in again who has shown a certificate once, when it has expired or its authority is gone. */
function contextOptions({ cert, key, ca }: Contents): SecureContextOptions {
  const client = ca === undefined ? {} : { ca, secureOptions: constants.SSL_OP_NO_TICKET };
  return { cert, key, minVersion: "TLSv1.2", ...client };
}

function attempt<T>(fault: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw new CertificateError(`${fault}: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
