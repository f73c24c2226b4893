// What events are about, by deduplication key: its names in the store's numbers, and its latest incident.
// One look finds all of it, for as many subjects as have lately had an event.
import type { IncidentHead } from "../events/incident.ts";
import type { Connection } from "./connection.ts";
import { Dictionary } from "./dictionary.ts";
import { RecentMap } from "./recentMap.ts";

export interface Subject {
  /** As events/event.ts spells it. */
  readonly key: string;
  readonly cluster: number;
  readonly eventType: number;
  readonly namespace: number;
  readonly kind: number;
  readonly resourceName: number;
  /** Whether nothing had been stored under this resource name when the subject was first looked for. */
  readonly isNew: boolean;
  /** As far as it is remembered; undefined says nothing. */
  latestHead: IncidentHead | undefined;
  /** What its latest event said besides, which its next one mostly says again. */
  latest: Said | undefined;
}

export interface Said {
  readonly reason: string;
  readonly source: string;
  /** The text of its hooks. */
  readonly hooks: string;
  /** The same in the store's numbers. */
  readonly reasonNumber: number;
  readonly sourceNumber: number;
  readonly hookNumbers: readonly number[];
}

/** Subjects kept in memory. */
const KEPT_SUBJECTS = 5_000;

export class Subjects {
  readonly words: Dictionary;
  readonly #namespaces: Dictionary;
  readonly #eventTypes: Dictionary;
  readonly #resourceNames: Dictionary;
  readonly #kept = new RecentMap<Subject>(KEPT_SUBJECTS);

  constructor(connection: Connection) {
    this.words = new Dictionary(connection, "words");
    this.#namespaces = new Dictionary(connection, "namespaces");
    this.#eventTypes = new Dictionary(connection, "event_types");
    this.#resourceNames = new Dictionary(connection, "resource_names");
  }

  /** Names that have no number yet are given one. */
  of(key: string): Subject {
    const known = this.#kept.get(key);
    if (known) return known;
    const [cluster, eventType, namespace, kind, name] = JSON.parse(key) as [string, string, string, string, string]; // made by deduplicationKey
    const names = this.#resourceNames.highest;
    const resourceName = this.#resourceNames.idOf(name);
    const subject: Subject = {
      key,
      cluster: this.words.idOf(cluster),
      eventType: this.#eventTypes.idOf(eventType),
      namespace: this.#namespaces.idOf(namespace),
      kind: this.words.idOf(kind),
      resourceName,
      isNew: resourceName > names,
      latestHead: undefined,
      latest: undefined,
    };
    this.#kept.set(key, subject);
    return subject;
  }

  /** These resource names were removed: what is stored of them next is stored under new numbers. */
  forgetNames(removed: ReadonlySet<number>): void {
    if (removed.size === 0) return;
    this.#resourceNames.forget();
    this.#kept.deleteWhere(({ resourceName }) => removed.has(resourceName));
  }

  /** After a rollback: nothing is believed that is not looked up. */
  forget(): void {
    for (const names of [this.words, this.#namespaces, this.#eventTypes, this.#resourceNames]) names.forget();
    this.#kept.clear();
  }
}
