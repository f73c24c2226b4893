// Instants: milliseconds since the epoch inside, RFC 3339 in UTC with milliseconds outside.
// Parsing accepts any RFC 3339 offset and fraction (Kubernetes sends six digits) and rejects everything else.

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/** The instant that an RFC 3339 text names, cut to milliseconds; undefined when it names none (also 30 February). */
export function parseInstant(text: string): Instant | undefined {
  const usual = parseUsual(text);
  if (usual !== undefined) return usual;
  const parts = RFC3339.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = parts;
  const millis = Number(fraction.padEnd(3, "0").slice(0, 3));
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${String(millis).padStart(3, "0")}Z`);
  const date = new Date(local);
  const isReal =
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    date.getUTCHours() === Number(hour) &&
    date.getUTCMinutes() === Number(minute) &&
    Number(year) > 0;
  if (!isReal) return undefined;
  return local - offsetMillis(zone);
}

/** Reads the form that is written here, on a day that every month has, in a tenth of the time; undefined for all others. */
function parseUsual(text: string): Instant | undefined {
  const isUsual =
    text.length === 24 &&
    text[4] === "-" &&
    text[7] === "-" &&
    text[10] === "T" &&
    text[13] === ":" &&
    text[16] === ":" &&
    text[19] === "." &&
    text[23] === "Z";
  if (!isUsual) return undefined;
  const year = wholeAt(text, 0, 4);
  const month = wholeAt(text, 5, 7);
  const day = wholeAt(text, 8, 10);
  const hour = wholeAt(text, 11, 13);
  const minute = wholeAt(text, 14, 16);
  const second = wholeAt(text, 17, 19);
  const millis = wholeAt(text, 20, 23);
  const isReal =
    year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23 && minute <= 59 && second <= 59;
  return isReal && millis >= 0 ? Date.UTC(year, month - 1, day, hour, minute, second, millis) : undefined;
}

/** NaN when not all of it are digits. */
function wholeAt(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** `2026-11-23T08:01:24.763Z`. Range: years 0001 to 9999. Throws a RangeError for what is no time. */
export function formatInstant(instant: Instant): string {
  const whole = Math.trunc(instant);
  const day = Math.floor(whole / DAY);
  const millis = whole - day * DAY;
  const hour = Math.floor(millis / 3_600_000);
  const minute = Math.floor(millis / 60_000) % 60;
  const second = Math.floor(millis / 1_000) % 60;
  return `${textOfDay(day)}${DIGITS2[hour]}:${DIGITS2[minute]}:${DIGITS2[second]}.${DIGITS3[millis % 1_000]}Z`;
}

const DAY = 86_400_000;
const DIGITS2 = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));
const DIGITS3 = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, "0"));

/** Days lately asked for, each at its place by its number: a Date takes several times as long for a text as all the rest here. */
const daysKnown = new Array<number | undefined>(256);
const dayTexts = new Array<string>(256);

/** `2026-11-23T` */
function textOfDay(day: number): string {
  const place = day & 255;
  const known = dayTexts[place];
  if (known !== undefined && daysKnown[place] === day) return known;
  const text = new Date(day * DAY).toISOString().slice(0, -"00:00:00.000Z".length);
  daysKnown[place] = day;
  dayTexts[place] = text;
  return text;
}

function offsetMillis(zone: string): number {
  if (zone === "Z" || zone === "z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000;
}
