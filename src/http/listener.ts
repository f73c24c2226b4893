// What listens for requests: a server of HTTP/1.1, over TLS when there is a certificate, and then of HTTP/2 as well when that is wanted.
// Connections that are still agreeing on their TLS are known here, as the server itself tells nobody of them.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { type Server as NetTlsServer, TLSSocket } from "node:tls";
import type { Certificates } from "./certificates.ts";
import { ALPN_PROTOCOLS, type Http2Limits, Http2Sessions } from "./http2.ts";

export interface Listener {
  readonly server: Server;
  readonly scheme: "http" | "https";
  readonly handshakes: Handshakes;
  /** Connections of HTTP/2, when it is spoken. */
  readonly sessions?: Http2Sessions;
}

/** As long as a caller has for its headers. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

export function createListener(
  options: ServerOptions,
  certificates: Certificates | undefined,
  handle: RequestListener,
  http2?: Http2Limits,
): Listener {
  const handshakes = new Handshakes();
  if (!certificates) return { server: createServer(options, handle), scheme: "http", handshakes };
  const protocols = http2 ? { ALPNProtocols: [...ALPN_PROTOCOLS] } : {};
  const tls = { ...certificates.options, ...protocols, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  const server = createTlsServer({ ...options, ...tls }, handle);
  certificates.keep(server);
  const sessions = http2 && new Http2Sessions(http2, handle);
  sessions?.takeFrom(server);
  handshakes.watch(server);
  return { server, scheme: "https", handshakes, ...(sessions ? { sessions } : {}) };
}

/** Whether the other end has shown a certificate that one of our client authorities signed. */
export function hasClientCertificate({ socket }: IncomingMessage): boolean {
  return socket instanceof TLSSocket && socket.authorized && socket.getPeerX509Certificate() !== undefined;
}

/** Both ends of a connection, before it can bring a request. Without TLS there are none. */
export class Handshakes {
  readonly #sockets = new Map<string, Socket>();
  /** Called when there are none any more. */
  whenNone: (() => void) | undefined;

  get size(): number {
    return this.#sockets.size;
  }

  watch(server: NetTlsServer): void {
    server.on("connection", (socket: Socket) => {
      const peer = peerOf(socket);
      this.#sockets.set(peer, socket);
      socket.once("close", () => this.#forget(peer, socket));
    });
    server.on("secureConnection", (secure) => {
      const peer = peerOf(secure);
      this.#forget(peer, this.#sockets.get(peer));
    });
  }

  destroyAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  #forget(peer: string, socket: Socket | undefined): void {
    if (socket === undefined || this.#sockets.get(peer) !== socket) return;
    this.#sockets.delete(peer);
    if (this.#sockets.size === 0) this.whenNone?.();
  }
}

/** The same of a socket and of the TLS over it, and of no two at a time. */
function peerOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
