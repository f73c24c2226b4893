// What one part of the way has found out about a request and a later one asks for, kept by the request itself.
// Not by a WeakMap: its entries outlive the request until the next full collection, and take everything they name with them.
import type { IncomingMessage } from "node:http";

/** A kind of note; there is one of each kind for a request. */
export class RequestNote<Value> {
  readonly #key: symbol;

  constructor(name: string) {
    this.#key = Symbol(name);
  }

  of(request: IncomingMessage): Value | undefined {
    return (request as Noted<Value>)[this.#key]; // nobody else has the key
  }

  write(request: IncomingMessage, value: Value): void {
    (request as Noted<Value>)[this.#key] = value;
  }
}

type Noted<Value> = IncomingMessage & Record<symbol, Value | undefined>;
