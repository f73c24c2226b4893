// A little identity provider on loopback: it describes itself, publishes its keys and signs tokens with them.
// It can be slow, fail, take up other keys and go away; what it was asked is counted.
import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { onTestFinished } from "vitest";

export const NOON = Date.parse("2026-11-25T12:00:00Z");
export const CLIENT = "khook-gateway";

export type Algorithm = "ES256" | "RS256" | "PS384" | "EdDSA";

export interface SigningKey {
  readonly kid: string | undefined;
  readonly algorithm: Algorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** Without a name when `kid` is null. */
export async function signingKey(kid: string | null, algorithm: Algorithm = "ES256"): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const name = kid === null ? {} : { kid };
  return { kid: kid ?? undefined, algorithm, privateKey, jwk: { ...(await exportJWK(publicKey)), ...name } };
}

type Claims = Readonly<Record<string, unknown>>;

export interface IssuerOptions {
  readonly keys: readonly SigningKey[];
  /** PEM; plain HTTP when left out. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** 0 takes a free one. */
  readonly port?: number;
}

export class Issuer {
  readonly url: string;
  readonly port: number;
  keys: readonly SigningKey[];
  /** Milliseconds before each answer. */
  delay = 0;
  /** Answers instead of the documents. */
  instead: ((response: ServerResponse, path: string) => void) | undefined;
  /** Added to its description. */
  description: Claims = {};
  /** Paths that it was asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(server: Server, url: string, port: number, keys: readonly SigningKey[]) {
    this.#server = server;
    this.url = url;
    this.port = port;
    this.keys = keys;
  }

  static async start({ keys, tls, port = 0 }: IssuerOptions): Promise<Issuer> {
    const server: Server = tls ? createTlsServer(tls) : createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const { port: taken } = server.address() as AddressInfo; // a string only for a pipe
    const issuer = new Issuer(server, `${tls ? "https" : "http"}://127.0.0.1:${taken}`, taken, keys);
    server.on("request", ({ url = "" }, response) => {
      issuer.asked.push(url);
      setTimeout(() => issuer.#answer(url, response), issuer.delay);
    });
    onTestFinished(() => issuer.stop());
    return issuer;
  }

  /** A token of its first key that is good at noon, with these claims instead; one that is undefined is left out. */
  token(claims: Claims = {}, key: SigningKey | undefined = this.keys[0]): Promise<string> {
    if (!key) throw new Error("there is no key to sign with");
    const { kid, algorithm: alg } = key;
    const standard = { iss: this.url, aud: CLIENT, sub: "jane", exp: NOON / 1_000 + 600, iat: NOON / 1_000 };
    return new SignJWT({ ...standard, ...claims })
      .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
      .sign(key.privateKey);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer(path: string, response: ServerResponse): void {
    if (this.instead) {
      this.instead(response, path);
      return;
    }
    const documents: Readonly<Record<string, unknown>> = {
      "/.well-known/openid-configuration": { issuer: this.url, jwks_uri: `${this.url}/keys`, ...this.description },
      "/keys": { keys: this.keys.map(({ jwk }) => jwk) },
    };
    response.writeHead(documents[path] ? 200 : 404, { "Content-Type": "application/json" });
    response.end(JSON.stringify(documents[path] ?? {}));
  }
}
