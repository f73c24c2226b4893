// Requests that come behind each other on one connection, each before the last is answered (RFC 9112, 9.3.2): served one after
// the other, as they are answered, so that one connection is never more than one request's work.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** `ended` has to be called when the answer has ended. */
export type Serve = (req: IncomingMessage, res: ServerResponse, ended: () => void) => void;

interface Waiting {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** Nobody sends as many who means to hear the answers. */
const MAX_WAITING = 100;

export class Pipelines {
  readonly #serve: Serve;
  readonly #lines = new WeakMap<Socket, Line>();

  /** `serve` is called when it is the request's turn. */
  constructor(serve: Serve) {
    this.#serve = serve;
  }

  take(req: IncomingMessage, res: ServerResponse): void {
    const { socket } = req;
    let line = this.#lines.get(socket);
    if (!line) {
      line = new Line(this.#serve);
      this.#lines.set(socket, line);
    }
    line.take(req, res);
  }
}

/** The requests of one connection. */
class Line {
  readonly #serve: Serve;
  #waiting: Waiting[] | undefined;
  #isBusy = false;

  constructor(serve: Serve) {
    this.#serve = serve;
  }

  take(req: IncomingMessage, res: ServerResponse): void {
    if (!this.#isBusy) {
      this.#isBusy = true;
      this.#serve(req, res, this.#next);
      return;
    }
    this.#waiting ??= [];
    if (this.#waiting.length >= MAX_WAITING || req.socket.destroyed) req.socket.destroy();
    else this.#waiting.push({ req, res });
  }

  readonly #next = (): void => {
    const next = this.#waiting?.shift();
    if (next && !next.req.socket.destroyed) this.#serve(next.req, next.res, this.#next);
    else this.#isBusy = false;
  };
}
