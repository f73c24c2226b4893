// Who we are to the API server, as options of a request: certificates, tokens, passwords, programs that print tokens.
// Files are read for each request, so what is rotated on disk is used from then on.
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import type { Cluster, User } from "@kubernetes/client-node/dist/config_types.js";
import { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js";
import { asObject, asWord } from "./json.ts";

/** Credentials could not be had: a program that failed, a token or certificate file that is not there. */
export class CredentialError extends Error {}

export class Credentials {
  readonly #cluster: Cluster;
  readonly #user: User;
  readonly #exec = new ExecAuth(); // remembers a token until it expires
  #whole: { applyToHTTPSOptions(options: RequestOptions): Promise<void> } | undefined;

  constructor(cluster: Cluster, user: User) {
    this.#cluster = cluster;
    this.#user = user;
  }

  /** Rejects with a CredentialError. With a proxy, or an old auth provider, the options hold an agent. */
  async options(): Promise<RequestOptions> {
    try {
      return needsWholeClient(this.#cluster, this.#user) ? await this.#byWholeClient() : await this.#byOurselves();
    } catch (error) {
      throw new CredentialError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  async #byOurselves(): Promise<RequestOptions> {
    const { tlsServerName, skipTLSVerify, caFile, caData } = this.#cluster;
    const { certFile, certData, keyFile, keyData, impersonateUser, username, password } = this.#user;
    const [ca, cert, key, token] = await Promise.all([
      fileOrData(caFile, caData),
      fileOrData(certFile, certData),
      fileOrData(keyFile, keyData),
      this.#token(),
    ]);
    const options: RequestOptions = {
      ...(skipTLSVerify ? { rejectUnauthorized: false } : {}),
      ...(tlsServerName ? { servername: tlsServerName } : {}),
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
      ...(username ? { auth: `${username}:${password ?? ""}` } : {}),
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(impersonateUser ? { "Impersonate-User": impersonateUser } : {}),
      },
    };
    if (this.#exec.isAuthProvider(this.#user)) await this.#exec.applyAuthentication(this.#user, options);
    return options;
  }

  async #token(): Promise<string | undefined> {
    const file = tokenFileOf(this.#user);
    if (file !== undefined) return (await readFile(file, "utf8")).trim();
    return asWord(this.#user.token)?.trim();
  }

  /** client-node as a whole is loaded only for those who need it: it is large. */
  async #byWholeClient(): Promise<RequestOptions> {
    if (!this.#whole) {
      const { KubeConfig } = await import("@kubernetes/client-node");
      const config = new KubeConfig();
      // It takes plain http only from those who waive TLS, which plain http has none of.
      const skipTLSVerify = this.#cluster.skipTLSVerify || this.#cluster.server.startsWith("http:");
      config.loadFromClusterAndUser({ ...this.#cluster, skipTLSVerify }, this.#user);
      this.#whole = config;
    }
    const options: RequestOptions = {};
    await this.#whole.applyToHTTPSOptions(options);
    return options;
  }
}

function needsWholeClient({ proxyUrl }: Cluster, user: User): boolean {
  const provider = asWord(asObject(user.authProvider)?.name);
  const isOld = provider !== undefined && provider !== "exec" && tokenFileOf(user) === undefined;
  return Boolean(proxyUrl) || isOld;
}

function tokenFileOf(user: User): string | undefined {
  return asWord(asObject(asObject(user.authProvider)?.config)?.tokenFile);
}

async function fileOrData(file: string | undefined, data: string | undefined): Promise<Buffer | undefined> {
  if (file) return readFile(file);
  return data ? Buffer.from(data, "base64") : undefined;
}
