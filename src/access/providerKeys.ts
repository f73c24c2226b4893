// The keys that an identity provider signs with, fetched when they are needed and again when they may have changed.
// There is one fetch at a time, and it ends; while the provider is away, the keys that are known go on being good.
import { readFile } from "node:fs/promises";
import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import type { Millis } from "../events/duration.ts";
import { messageOf } from "./accessError.ts";
import { fetchDocument } from "./providerDocument.ts";
import { discoveryUrl, readProviderUrl } from "./providerUrl.ts";

export interface ProviderLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface ProviderKeysOptions {
  readonly issuerUrl: string;
  /** Where the keys are; asked of the provider when left out. */
  readonly jwksUrl?: string | undefined;
  /** PEM file of the authorities that the provider's certificate may be signed by; read anew for each fetch. */
  readonly caFile?: string | undefined;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => Millis;
  readonly log: ProviderLog;
  /** How long one fetch may take, discovery and all. */
  readonly patience?: Millis;
}

export type KeySet = ReturnType<typeof createLocalJWKSet>;

const PATIENCE: Millis = 5_000;
/** Strangers can make up names of keys: whatever they send, the provider is asked no more often than this. */
const ASKED_AT_MOST_EVERY: Millis = 10_000;
/** A key that the provider has withdrawn is good for so long at most, while the provider can be asked. */
const FRESH_FOR: Millis = 10 * 60_000;

export class ProviderKeys {
  readonly #options: ProviderKeysOptions;
  #known: { readonly keys: KeySet; readonly fetchedAt: Millis } | undefined;
  #askedAt: Millis | undefined;
  #pending: Promise<void> | undefined;
  #isAway = false;

  constructor(options: ProviderKeysOptions) {
    this.#options = options;
  }

  /** Whether it could not be asked when it was asked last. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** undefined when there are none and they cannot be had now. Never rejects. */
  async current(): Promise<KeySet | undefined> {
    if (!this.#known) await this.#ask();
    else if (this.#options.elapsed() - this.#known.fetchedAt > FRESH_FOR) void this.#ask();
    return this.#known?.keys;
  }

  /** For who could not do with these: what was fetched since, or is worth fetching now; undefined when there is nothing newer. */
  async newerThan(keys: KeySet): Promise<KeySet | undefined> {
    if (this.#known?.keys === keys) await this.#ask();
    return this.#known?.keys === keys ? undefined : this.#known?.keys;
  }

  #ask(): Promise<void> {
    const { elapsed } = this.#options;
    if (this.#pending) return this.#pending;
    if (this.#askedAt !== undefined && elapsed() - this.#askedAt < ASKED_AT_MOST_EVERY) return Promise.resolve();
    this.#askedAt = elapsed();
    this.#pending = this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(): Promise<void> {
    const { issuerUrl, log, elapsed, patience = PATIENCE } = this.#options;
    const signal = AbortSignal.timeout(patience);
    try {
      const keys = createLocalJWKSet(await this.#keySet(signal));
      this.#known = { keys, fetchedAt: elapsed() };
      if (this.#isAway) log.info({ issuer: issuerUrl }, "the identity provider is back");
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway)
        log.warn({ issuer: issuerUrl, reason: messageOf(error) }, "the identity provider cannot be asked");
      this.#isAway = true;
    }
  }

  async #keySet(signal: AbortSignal): Promise<JSONWebKeySet> {
    const { issuerUrl, jwksUrl, caFile } = this.#options;
    const ca = caFile === undefined ? undefined : await readFile(caFile, "utf8");
    const url = jwksUrl === undefined ? await this.#discover({ ca, signal }) : new URL(jwksUrl);
    const document = await fetchDocument(url, { ca, signal });
    if (!Array.isArray(document.keys)) throw new Error(`${url.href} of ${issuerUrl}: it answers no key set`);
    return document as unknown as JSONWebKeySet; // jose judges each key
  }

  async #discover(options: { readonly ca: string | undefined; readonly signal: AbortSignal }): Promise<URL> {
    const { issuerUrl } = this.#options;
    const url = discoveryUrl(issuerUrl);
    const { issuer, jwks_uri: named } = await fetchDocument(url, options);
    if (issuer !== issuerUrl) throw new Error(`${url.href}: it says that it is another issuer than ${issuerUrl}`);
    const keys = typeof named === "string" ? readProviderUrl(named) : undefined;
    if (!keys) throw new Error(`${url.href}: its jwks_uri is no https URL`);
    return keys;
  }
}
