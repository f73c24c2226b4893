// Server-sent events through npm `eventsource`. By itself that never stops coming back; here it is asked to stop at the first end.
// Reading can be paused: what is not pulled from the answer's body stays in the socket.
import { EventSource, type FetchLike } from "eventsource";
import {
  type Asked,
  type Complaint,
  type Edge,
  type Ending,
  type Heard,
  type HeardGap,
  heardEvent,
  heardGap,
  type RestMessage,
  restQuery,
  type Stream,
} from "./edge.ts";

const REFUSALS: Readonly<Record<number, Ending>> = {
  400: "faulty",
  401: "unauthenticated",
  403: "forbidden",
  429: "too many",
  503: "unavailable",
};

interface ProblemDocument {
  readonly code?: string;
  readonly detail: string;
}

export class SseStream implements Stream {
  readonly heard: Heard[] = [];
  readonly complaints: Complaint[] = [];
  readonly ending: Promise<Ending>;
  /** Resolves when the answer has come. */
  readonly answered: Promise<void>;
  /** The answers so far: one for each time it connected. */
  readonly answers: Response[] = [];
  readonly source: EventSource;
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined;
  #ended: (ending: Ending) => void = () => {};
  #last: Ending = "over";

  constructor(url: string, asked: Asked = {}, comesBack = false) {
    let answered = (): void => {};
    this.answered = new Promise((resolve) => {
      answered = resolve;
    });
    this.ending = new Promise((resolve) => {
      this.#ended = resolve;
    });
    const fetchGated: FetchLike = async (input, init) => {
      const answer = await fetch(input, { ...init, headers: { ...init.headers, ...asked.headers } } as RequestInit);
      this.answers.push(answer);
      if (answer.status !== 200) this.#refused(answer.status, (await answer.clone().json()) as ProblemDocument); // as all are
      answered();
      return { ...pick(answer), body: answer.body && this.#gated(answer.body) };
    };
    const query = restQuery(asked).toString();
    this.source = new EventSource(`${url}/api/v1/events/stream${query && `?${query}`}`, { fetch: fetchGated });
    this.source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      this.heard.push(heardEvent(lastEventId, JSON.parse(data) as RestMessage)); // the route's contract
    };
    this.source.addEventListener("gap", ({ data, lastEventId }: MessageEvent<string>) => {
      this.heard.push(heardGap(lastEventId, JSON.parse(data) as HeardGap)); // as above
    });
    this.source.addEventListener("shutdown", () => {
      this.#last = "shutdown";
    });
    this.source.addEventListener("error", (event: Event) => {
      if ("data" in event) {
        const problem = JSON.parse(String(event.data)) as ProblemDocument & { readonly status: number }; // as above
        this.#refused(problem.status, problem);
      } else if (!comesBack || this.source.readyState === EventSource.CLOSED) {
        answered();
        this.source.close();
        this.#ended(this.#last);
      }
    });
  }

  pause(): void {
    if (this.#gate) return;
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gate = { opened, open };
  }

  resume(): void {
    this.#gate?.open();
    this.#gate = undefined;
  }

  async leave(): Promise<void> {
    this.resume();
    this.source.close();
    this.#ended("left");
  }

  #refused(status: number, { code, detail }: ProblemDocument): void {
    this.#last = REFUSALS[status] ?? "over";
    this.complaints.push({ code, detail });
  }

  #gated(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          await this.#gate?.opened;
          const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
          await this.#gate?.opened;
          if (done) controller.close();
          else if (value) controller.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }
}

function pick({ status, url, redirected, headers }: Response) {
  return { status, url, redirected, headers };
}

export const SSE_EDGE: Edge = {
  name: "SSE",
  transport: "sse",
  takes: (filter) => filter.hook === undefined,
  async open(url, asked) {
    const stream = new SseStream(url, asked);
    await stream.answered;
    return stream;
  },
};
