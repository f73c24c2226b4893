// The port the API server listens on, which can refuse for a while and come back.
// Promises the same port each time, and to know every connection, so that none outlives the server.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** As long as a real server keeps an idle connection; Node's own five seconds race with clients that reuse one. */
const IDLE_CONNECTION_MS = 90_000;

export class Port {
  private readonly host: string;
  private readonly serve: RequestListener;
  private readonly sockets = new Set<Socket>();
  private listener: Server | undefined;
  private taken = 0;

  constructor(host: string, serve: RequestListener) {
    this.host = host;
    this.serve = serve;
  }

  /** 0 until it was first opened. */
  get number(): number {
    return this.taken;
  }

  /** Listens, on the port given or on the one it had before. */
  async open(port = this.taken): Promise<void> {
    if (this.listener !== undefined) return;
    const listener = createServer(this.serve);
    listener.keepAliveTimeout = IDLE_CONNECTION_MS;
    listener.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.listener = listener;
    await new Promise<void>((resolve, reject) => {
      listener.once("error", (error) => {
        this.listener = undefined;
        reject(error);
      });
      listener.listen(port, this.host, () => {
        listener.removeAllListeners("error");
        resolve();
      });
    });
    // Listening on a port makes the address an AddressInfo.
    this.taken = (listener.address() as AddressInfo).port;
  }

  /** Refuses from now on. Connections that are kept go on being served until they end by themselves. */
  async close(connections: "kept" | "dropped"): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    const closed = new Promise<void>((resolve) => {
      if (listener === undefined) resolve();
      else listener.close(() => resolve());
    });
    if (connections === "kept") return;
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
