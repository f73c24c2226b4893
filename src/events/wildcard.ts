// Names with `*`: a star stands for any run of characters, also none; everything else stands for itself.
// Matching is linear in text times stars, never exponential, whatever the pattern.

export function hasWildcard(pattern: string): boolean {
  return pattern.includes("*");
}

export function matchesWildcard(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return pattern === text;
  if (!text.startsWith(head)) return false;
  let from = head.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - tail.length >= from && text.endsWith(tail);
}
