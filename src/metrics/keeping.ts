// Metrics of what is kept and told: the store, and the streams.
// All of it is counted where it happens, and read here when somebody scrapes.
import type { StreamCounts } from "../http/live/streams.ts";
import type { EventStore } from "../store/store.ts";
import { type Registry, setCount, setCounts, setInstant } from "./registry.ts";

export type MeasuredStore = Pick<EventStore, "describe" | "failures" | "count" | "subscribe">;

export function storeMetrics(registry: Registry, store: MeasuredStore): void {
  registry.part("store", (part) => {
    const records = part.gauge("khook_gateway_store_events", "Events stored.");
    const bytes = part.gauge("khook_gateway_store_bytes", "Bytes in use; what retention by size is measured by.");
    const oldest = part.gauge("khook_gateway_store_oldest_event_timestamp_seconds", "When the oldest event happened.");
    const newest = part.gauge("khook_gateway_store_newest_event_timestamp_seconds", "When the newest event happened.");
    const head = part.gauge("khook_gateway_store_head", "Place of the newest change in the sequence of changes.");
    const pruned = part.counter(
      "khook_gateway_store_pruned_events_total",
      "Events that retention has removed since the store was made.",
      ["reason"],
    );
    const prunedAt = part.gauge(
      "khook_gateway_store_last_prune_timestamp_seconds",
      "When retention last removed some.",
    );
    const tooOld = part.counter(
      "khook_gateway_store_too_old_total",
      "Observations not stored because retention had already removed events after them.",
    );
    return async () => {
      const described = await store.describe();
      records.set(described.records);
      bytes.set(described.bytes);
      setInstant(oldest, described.oldest);
      setInstant(newest, described.newest);
      head.set(described.head);
      setCounts(pruned, "reason", { age: described.prunedByAge, size: described.prunedBySize });
      setInstant(prunedAt, described.lastPrunedAt);
      setCount(tooOld, described.tooOld);
    };
  });
  // A part of its own: this is what is wanted most when the store cannot be asked.
  registry.part("store_failures", (part) => {
    const failures = part.counter("khook_gateway_store_failures_total", "Calls of the store that failed.", [
      "operation",
    ]);
    return () => {
      const { reads, writes } = store.failures;
      setCounts(failures, "operation", { read: reads, write: writes });
    };
  });
}

export function streamMetrics(registry: Registry, streams: () => StreamCounts): void {
  registry.part("streams", (part) => {
    const open = part.gauge("khook_gateway_streams_open", "Streams open now; a GraphQL subscription is one.", [
      "transport",
    ]);
    const opened = part.counter("khook_gateway_streams_opened_total", "Streams that were opened.", ["transport"]);
    const resumed = part.counter("khook_gateway_streams_resumed_total", "Streams that went on from a place given.", [
      "transport",
    ]);
    const refused = part.counter("khook_gateway_streams_refused_total", "Streams, or messages of theirs, refused.", [
      "reason",
    ]);
    const stalled = part.counter(
      "khook_gateway_streams_stalled_total",
      "Streams closed because their reader took nothing for too long.",
    );
    const dead = part.counter(
      "khook_gateway_streams_dead_total",
      "Streams closed because their peer was gone without a word.",
    );
    const messages = part.counter("khook_gateway_stream_messages_sent_total", "Messages sent to streams.", [
      "transport",
    ]);
    const bytes = part.counter(
      "khook_gateway_stream_sent_bytes_total",
      "Bytes sent to streams as messages, with their framing, before TLS.",
      ["transport"],
    );
    return () => {
      const counts = streams();
      for (const [transport, count] of Object.entries(counts.open)) open.set({ transport }, count);
      setCounts(opened, "transport", counts.opened);
      setCounts(resumed, "transport", counts.resumed);
      setCounts(refused, "reason", counts.refused);
      setCount(stalled, counts.stalled);
      setCount(dead, counts.dead);
      messages.reset();
      bytes.reset();
      for (const [transport, sent] of Object.entries(counts.sent)) {
        messages.inc({ transport }, sent.messages);
        bytes.inc({ transport }, sent.bytes);
      }
    };
  });
}
