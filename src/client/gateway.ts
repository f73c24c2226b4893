// A gateway as the client sees it: where it is, and with what it is asked. Nothing is sent before something is asked.
// Made for browsers and Node alike, so nothing here is of the one or the other alone.

export interface GatewayOptions {
  /** Where the gateway is, with a path when it is served below one: `https://khook.example.com`. Without it, where the page is from. */
  readonly url?: string;
  /** Bearer token. A function is asked for every request and every connection, so that it may give another one each time. */
  readonly token?: string | TokenSource;
  /** Instead of the platform's own. */
  readonly fetch?: typeof globalThis.fetch;
  /** Instead of the platform's own; Node before 22 has none and takes that of npm `ws`. */
  readonly webSocket?: WebSocketConstructor;
  /** 0 to 1, for spreading out those who come back. */
  readonly random?: () => number;
  /** Milliseconds, by which the beginning of a stream is remembered. */
  readonly now?: () => number;
}

export type TokenSource = () => string | undefined | Promise<string | undefined>;

export type WebSocketConstructor = new (url: string, protocols?: string) => object;

export interface Gateway {
  /** `https://khook.example.com/graphql` */
  readonly endpoint: string;
  /** The value of an Authorization header; undefined without a token. */
  readonly authorization: () => Promise<string | undefined>;
  /** Whether the next authorization may be another one. */
  readonly renewsToken: boolean;
  readonly fetch: typeof globalThis.fetch;
  readonly webSocket: () => WebSocketConstructor;
  readonly random: () => number;
  readonly now: () => number;
}

/** Throws a TypeError when the URL is none of HTTP. */
export function createGateway(options: GatewayOptions = {}): Gateway {
  const { url, token, fetch, webSocket, random = Math.random, now = Date.now } = options;
  return {
    endpoint: endpointOf(url),
    async authorization() {
      const given = typeof token === "function" ? await token() : token;
      return given === undefined ? undefined : `Bearer ${given}`;
    },
    renewsToken: typeof token === "function",
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)), // browsers want it called on the window
    webSocket: () => webSocket ?? platformWebSocket(),
    random,
    now,
  };
}

function endpointOf(url = "/"): string {
  const { location } = globalThis as { readonly location?: { readonly href: string } }; // Node has none
  const page = location?.href;
  const base = url !== "" && URL.canParse(url, page) ? new URL(url, page) : undefined;
  if (base && /^https?:$/.test(base.protocol)) return `${base.origin}${base.pathname.replace(/\/+$/, "")}/graphql`;
  throw new TypeError(`url: ${JSON.stringify(url)} is not where a gateway can be: give one as "http://localhost:8082"`);
}

function platformWebSocket(): WebSocketConstructor {
  const { WebSocket } = globalThis as { readonly WebSocket?: WebSocketConstructor }; // Node before 22 has none
  if (WebSocket) return WebSocket;
  throw new TypeError("webSocket: there is none on this platform: give createGateway the WebSocket of npm ws");
}
