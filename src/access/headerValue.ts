// Values of headers as their senders meant them. Node reads each byte as a character of its own; names of people are UTF-8.
// Lines of one name come as a list, or as one text with commas between them.
export type HeaderLine = string | readonly string[] | undefined;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Empty when there is none; undefined of several, and of what is no UTF-8. */
export function headerValue(line: HeaderLine): string | undefined {
  if (line === undefined) return "";
  if (typeof line === "string") return decoded(line)?.trim();
  return line.length > 1 ? undefined : headerValue(line[0]);
}

/** Those between the commas; undefined of what is no UTF-8. */
export function headerList(line: HeaderLine): readonly string[] | undefined {
  const text = typeof line === "object" ? line.join(",") : (line ?? "");
  return decoded(text)
    ?.split(",")
    .map((each) => each.trim());
}

function decoded(text: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(text, "latin1"));
  } catch {
    return undefined;
  }
}
