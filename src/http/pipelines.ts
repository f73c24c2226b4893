// Requests that come behind each other on one connection, each before the last is answered (RFC 9112, 9.3.2): served one after
// the other, as they are answered, so that one connection is never more than one request's work.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export type Serve = (req: IncomingMessage, res: ServerResponse) => void;

interface Waiting {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** Nobody sends as many who means to hear the answers. */
const MAX_WAITING = 100;
const NONE: readonly Waiting[] = [];

export class Pipelines {
  readonly #serve: Serve;
  /** What waits on each connection that is being answered. */
  readonly #busy = new WeakMap<Socket, Waiting[] | typeof NONE>();

  /** `serve` is called when it is the request's turn; what it answers has to end with the response's `close`. */
  constructor(serve: Serve) {
    this.#serve = serve;
  }

  take(req: IncomingMessage, res: ServerResponse): void {
    const { socket } = req;
    const waiting = this.#busy.get(socket);
    if (waiting === undefined) {
      this.#busy.set(socket, NONE);
      this.#serve(req, res);
    } else if (waiting.length >= MAX_WAITING || socket.destroyed) {
      socket.destroy();
    } else {
      this.#busy.set(socket, [...waiting, { req, res }]);
    }
  }

  /** The answer on this connection has ended: the next one begins, when there is one. */
  ended(socket: Socket): void {
    const [next, ...waiting] = this.#busy.get(socket) ?? NONE;
    if (next === undefined || socket.destroyed) {
      this.#busy.delete(socket);
      return;
    }
    this.#busy.set(socket, waiting);
    this.#serve(next.req, next.res);
  }
}
