// Asks the gateway how many events it has, until it has what it was given.
// It waits 30 seconds at most, and more than what was given is as wrong as less.
import type { Connection } from "../client.ts";
import { pause } from "./section.ts";

/** Whether the gateway comes to tell of so many events from `from` on, within 30 s. */
export async function storedInTime(probe: Connection, from: number, expected: number): Promise<boolean> {
  const until = performance.now() + 30_000;
  const request = `GET /api/v1/events?startTime=${new Date(from).toISOString()}&limit=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  for (;;) {
    const { status, body } = await probe.ask(request);
    if (status !== 200) throw new Error(`the gateway answers ${status}: ${body?.slice(0, 300)}`);
    const { pagination } = JSON.parse(body ?? "") as { readonly pagination: { readonly total: number } };
    if (pagination.total >= expected) return pagination.total === expected;
    if (performance.now() > until) return false;
    await pause(50);
  }
}
