// Reads a recording of a real API server: one request and what it answered.
// Promises the bodies as they were sent; `normalised` takes out only what differs from run to run.
import { readFileSync } from "node:fs";

export interface Recording {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: string;
  readonly code: number;
  readonly warnings: readonly string[];
  readonly answer: string;
}

export function recording(name: string): Recording {
  const text = readFileSync(new URL(`../../fixtures/kubernetes/${name}.http`, import.meta.url), "utf8");
  const [request = "", response = ""] = text.split("\n--- response ---\n");
  const [head = "", body = ""] = split(request);
  const [answerHead = "", answer = ""] = split(response);
  const [method = "", target = ""] = head.split("\n")[0]?.split(" ") ?? [];
  const url = new URL(target, "http://cluster");
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    contentType: header(head, "Content-Type")[0] ?? "",
    body,
    code: Number(answerHead.split(" ")[1]),
    warnings: header(answerHead, "Warning").map((line) => JSON.parse(line.replace("299 - ", ""))),
    answer: answer.trim(),
  };
}

export function normalised(json: string): string {
  return json
    .replaceAll(/"(uid|resourceVersion)":"[^"]*"/g, '"$1":"…"')
    .replaceAll(/"(time|creationTimestamp)":"[^"]*"/g, '"$1":"…"');
}

function split(message: string): readonly string[] {
  const end = message.indexOf("\n\n");
  return end === -1 ? [message, ""] : [message.slice(0, end), message.slice(end + 2)];
}

function header(head: string, name: string): readonly string[] {
  const prefix = `${name}: `;
  return head
    .split("\n")
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length).trim());
}
