// A subscriber that goes on where it was, over whatever ends its streams; and whether what it was told is what is stored.
import { expect } from "vitest";
import { type Asked, type Edge, type Ending, type Heard, lastCursor, type Stream } from "../http/live/edge.ts";
import { cursorsOf } from "./sealedCursors.ts";
import { storedEvents, until } from "./storedEvents.ts";

export class Follower {
  readonly edge: Edge;
  readonly #asked: Asked;
  readonly #past: Heard[] = [];
  #stream: Stream | undefined;

  /** Begins with what is asked, and later where it has come to. */
  constructor(edge: Edge, asked: Asked = { since: "1d" }) {
    this.edge = edge;
    this.#asked = asked;
  }

  /** All that it was told, over all of its streams. */
  get heard(): readonly Heard[] {
    return [...this.#past, ...(this.#stream?.heard ?? [])];
  }

  async follow(url: string): Promise<void> {
    const { heard } = this;
    this.#past.length = 0;
    this.#past.push(...heard);
    this.#stream = undefined;
    this.#stream = await this.edge.open(url, heard.length > 0 ? { after: lastCursor({ heard }) } : this.#asked);
  }

  async ending(): Promise<Ending> {
    return this.#stream ? this.#stream.ending : "left";
  }

  /** Follows on whenever its stream ends, until the signal says that it is enough. Resolves then, still following. */
  async persist(url: string, signal: AbortSignal): Promise<void> {
    const enough = new Promise((resolve) => signal.addEventListener("abort", resolve));
    while (!signal.aborted) {
      await this.follow(url);
      await Promise.race([this.ending(), enough]);
    }
  }

  async leave(): Promise<void> {
    await this.#stream?.leave();
  }
}

/** Waits until everybody was told all that is stored, and holds each against it. */
export async function expectToldAllStored(
  { url, dataDir }: { readonly url: string; readonly dataDir: string },
  followers: readonly Follower[],
): Promise<void> {
  const cursors = cursorsOf(dataDir);
  const placeOf = (cursor: string) => Number(cursors.decode(cursor));
  const stored = await storedEvents(url);
  const sequence = stored
    .map(({ cursor, id, status }) => ({ place: placeOf(cursor), id, status: status.toUpperCase() }))
    .sort((a, b) => a.place - b.place);
  const last = sequence.at(-1)?.place ?? 0;
  for (const follower of followers) {
    await until(() => placeOf(lastCursor(follower)) >= last, `the last change, over ${follower.edge.name}`);
    const { heard, edge } = follower;
    const places = heard.map(({ cursor }) => placeOf(cursor));
    expect(
      places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0)),
      "in order",
    ).toBe(true);
    const latest = new Map<string, { place: number; id: string; status: string }>();
    for (const { type, event, cursor, gap } of heard) {
      if (!event) throw new Error(`a gap over ${edge.name}: ${gap?.cause}`);
      // New to it exactly once, and that first.
      expect([edge.name, event.id, type]).toEqual([edge.name, event.id, latest.has(event.id) ? "MODIFIED" : "ADDED"]);
      latest.set(event.id, { place: placeOf(cursor), id: event.id, status: event.status });
    }
    expect([...latest.values()].sort((a, b) => a.place - b.place)).toEqual(sequence);
  }
}
