// What the settings name as files: event mappings, secrets, certificates.
// One that cannot be read stops the start.
import { readFile } from "node:fs/promises";
import { type EventMappings, readEventMappings } from "../cluster/mappingFile.ts";
import { KHOOK_TABLE } from "../cluster/mappingTable.ts";
import { CertificateError, type Certificates, openCertificates } from "../http/certificates.ts";
import type { HttpLog } from "../http/requestLog.ts";
import type { Config } from "../settings.ts";
import { WebhookSecrets } from "../sources/webhook/secrets.ts";
import { messageOf, StartError } from "./startError.ts";

export async function loadMapping(path: string | undefined): Promise<EventMappings> {
  if (path === undefined) return { kubernetes: KHOOK_TABLE, others: [] };
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new StartError(`event mappings: ${messageOf(error)}`);
  });
  try {
    return readEventMappings(text, path);
  } catch (error) {
    throw new StartError(messageOf(error));
  }
}

export async function certificatesOf(config: Config, log: HttpLog): Promise<Certificates | undefined> {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsClientCaFile: clientCaFile, http2 } = config;
  const certificates = await openCertificates({ certFile, keyFile, clientCaFile }, log).catch((error: unknown) => {
    throw error instanceof CertificateError ? new StartError(error.message) : error;
  });
  if (http2 && !certificates) throw new StartError("--http2 needs --tls-cert-file and --tls-key-file");
  return certificates;
}

export async function openSecrets(path: string | undefined): Promise<WebhookSecrets | undefined> {
  if (path === undefined) return undefined;
  return WebhookSecrets.open(path).catch((error: unknown) => {
    throw new StartError(`webhook secret file: ${messageOf(error)}`);
  });
}
