// What a path can produce, and which of it a request wants: by `?format=`, else by the Accept header.
// The first of equals is JSON; a request that names nothing gets it.
import type { RestMedia } from "./restRoute.ts";

const FORMATS: Readonly<Record<RestMedia, string>> = {
  "application/json": "json",
  "application/yaml": "yaml",
  "text/event-stream": "sse",
};

export interface MediaChoice<T> {
  /** Names for `?format=`, in order of preference. */
  readonly formats: readonly string[];
  readonly byFormat: ReadonlyMap<string, T>;
  readonly media: readonly RestMedia[];
  readonly byMedia: ReadonlyMap<string, T>;
}

/** The variants of one path, which differ in what they produce. */
export function createMediaChoice<T extends { readonly produces: RestMedia }>(variants: readonly T[]): MediaChoice<T> {
  const sorted = variants.toSorted((a, b) => (a.produces < b.produces ? -1 : 1));
  const byMedia = new Map<string, T>(sorted.map((variant) => [variant.produces, variant]));
  if (byMedia.size < variants.length) throw new Error(`a path has two routes that produce the same`);
  return {
    formats: sorted.map(({ produces }) => FORMATS[produces]),
    byFormat: new Map(sorted.map((variant) => [FORMATS[variant.produces], variant])),
    media: sorted.map(({ produces }) => produces),
    byMedia,
  };
}

/** The variant that the request is for; undefined when its Accept header takes none of them. */
export function chooseMedia<T>(choice: MediaChoice<T>, query: string, accept: string | undefined): T | undefined {
  const asked = choice.formats.length > 1 ? choice.byFormat.get(FORMAT.exec(query)?.[1] ?? "") : undefined;
  if (asked) return asked;
  const [first] = choice.media;
  const isAny = accept === undefined || accept === first || accept === "*/*"; // as nearly all ask
  const best = isAny ? first : bestMedia(choice.media, accept);
  return best && choice.byMedia.get(best);
}

const FORMAT = /(?:^|&)format=([^&]*)/;

/** The media type that an Accept header weighs most; of equals the one that is preferred here. */
export function bestMedia<T extends string>(media: readonly T[], accept: string): T | undefined {
  const ranges = accept.split(",").map(readRange);
  let best: T | undefined;
  let most = 0;
  for (const type of media) {
    const weight = weightOf(type, ranges);
    if (weight > most) {
      best = type;
      most = weight;
    }
  }
  return best;
}

interface MediaRange {
  readonly type: string;
  readonly weight: number;
}

function readRange(text: string): MediaRange {
  const [type = "", ...parameters] = text.split(";");
  const quality = parameters
    .map((parameter) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(parameter)?.[1])
    .find(Boolean);
  return { type: type.trim().toLowerCase(), weight: quality === undefined ? 1 : Number(quality) };
}

/** The most specific range that fits decides. */
function weightOf(type: string, ranges: readonly MediaRange[]): number {
  const anyOfKind = `${type.slice(0, type.indexOf("/"))}/*`;
  for (const pattern of [type, anyOfKind, "*/*"]) {
    const range = ranges.find((candidate) => candidate.type === pattern);
    if (range) return range.weight;
  }
  return 0;
}
