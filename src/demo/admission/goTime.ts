// How Go's time package reads Kubernetes' two time formats, `Time` and `MicroTime`.
// Promises the form a server writes back (UTC; whole seconds or six digits), or Go's own words for what is wrong.

export type TimeFormat = "time" | "microTime";
export type ParsedTime = { readonly text: string } | { readonly error: string };

const LAYOUTS = { time: "2006-01-02T15:04:05Z07:00", microTime: "2006-01-02T15:04:05.000000Z07:00" } as const;

/** The parts of the layout in order, and what each accepts at the start of the rest of the text. */
const PARTS: readonly (readonly [layout: string, accepts: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d{2}/],
  ["-", /^-/],
  ["02", /^\d{2}/],
  ["T", /^T/],
  ["15", /^\d{2}/],
  [":", /^:/],
  ["04", /^\d{2}/],
  [":", /^:/],
  ["05", /^\d{2}/],
];
const ZONE = /^(Z|[+-]\d{2}:\d{2})/;

export function parseTime(text: string, format: TimeFormat): ParsedTime {
  const fail = (reason: string) => ({ error: `parsing time "${text}"${reason}` });
  const cannot = (rest: string, layout: string) =>
    fail(` as "${LAYOUTS[format]}": cannot parse "${rest}" as "${layout}"`);
  let rest = text;
  const numbers: number[] = [];
  for (const [layout, accepts] of PARTS) {
    const found = accepts.exec(rest)?.[0];
    if (found === undefined) return cannot(rest, layout);
    if (/\d/.test(found)) numbers.push(Number(found));
    rest = rest.slice(found.length);
  }
  // A layout without a fraction accepts one of any length, a layout with six digits exactly those.
  const fraction = (format === "microTime" ? /^\.\d{6}/ : /^(\.\d+)?/).exec(rest)?.[0];
  if (fraction === undefined) return cannot(rest, ".000000");
  rest = rest.slice(fraction.length);
  const zone = ZONE.exec(rest)?.[0];
  if (zone === undefined) return cannot(rest, "Z07:00");
  if (rest.length > zone.length) return fail(`: extra text: "${rest.slice(zone.length)}"`);
  const range = outOfRange(numbers);
  if (range !== undefined) return fail(`: ${range} out of range`);
  const whole = new Date(`${text.slice(0, 19)}${zone}`).toISOString().slice(0, 19);
  return { text: format === "microTime" ? `${whole}${fraction}Z` : `${whole}Z` };
}

function outOfRange(numbers: readonly number[]): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  if (month < 1 || month > 12) return "month";
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return "day";
  if (hour > 23) return "hour";
  if (minute > 59) return "minute";
  return second > 59 ? "second" : undefined;
}
