// The errors a server in trouble gives to any request, whatever it asks.
// Promises the bodies and headers as they were recorded.
import { failure } from "./statusError.ts";

export interface FixedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TEXT = { "Content-Type": "text/plain; charset=utf-8" };
const NO_SNIFF = { "X-Content-Type-Options": "nosniff" };

const ANSWERS: ReadonlyMap<number, FixedAnswer> = new Map([
  [401, json({ code: 401, message: "Unauthorized", reason: "Unauthorized" })],
  [403, json({ code: 403, message: "forbidden: not allowed for now", reason: "Forbidden" })],
  [410, json({ code: 410, message: "The resourceVersion for the provided list is too old.", reason: "Expired" })],
  [
    429,
    {
      headers: { ...TEXT, ...NO_SNIFF, "Retry-After": "1" },
      body: "Too many requests, please try again later.\n",
    },
  ],
  [500, json({ code: 500, message: "rpc error: code = Unavailable desc = error reading from server: EOF" })],
  [
    504,
    {
      // Written by the timeout filter, before there is a Status with a type.
      headers: TEXT,
      body: '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}\n',
    },
  ],
]);

/** The answer for a code; codes nobody recorded say that the server is unavailable. */
export function fixedAnswer(code: number): FixedAnswer {
  const message = "the server is currently unable to handle the request";
  return ANSWERS.get(code) ?? json({ code, message, reason: "ServiceUnavailable" });
}

function json(of: { code: number; message: string; reason?: string }): FixedAnswer {
  return { headers: { "Content-Type": "application/json" }, body: `${JSON.stringify(failure(of))}\n` };
}
