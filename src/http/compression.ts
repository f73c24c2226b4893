// Compression of answers: br or gzip, when the caller takes it and the answer is long enough to be worth it.
// It runs on the thread pool, never on the thread that serves.
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

export type Coding = "br" | "gzip";

/** Below this many bytes a packet is a packet. */
export const WORTH_COMPRESSING = 1024;

/** In order of preference among codings that the caller weighs alike. */
const CODINGS = ["br", "gzip"] as const;

const compressors: Readonly<Record<Coding, (body: Buffer) => Promise<Buffer>>> = {
  br: (body) => brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (body) => deflate(body, { level: 5 }),
};
const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

export function compress(body: Buffer, coding: Coding): Promise<Buffer> {
  return compressors[coding](body);
}

/** The best coding that an Accept-Encoding header allows; undefined for none, which is always allowed. */
export function chooseCoding(acceptEncoding: string | undefined): Coding | undefined {
  if (acceptEncoding === undefined || acceptEncoding === "identity") return undefined;
  const weights = new Map(acceptEncoding.split(",").map(weightOf));
  let best: Coding | undefined;
  let most = 0;
  for (const coding of CODINGS) {
    const weight = weights.get(coding) ?? weights.get("*") ?? 0;
    if (weight > most) {
      best = coding;
      most = weight;
    }
  }
  return best;
}

function weightOf(entry: string): readonly [string, number] {
  const [name = "", ...parameters] = entry.split(";");
  const quality = parameters
    .map((parameter) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(parameter)?.[1])
    .find(Boolean);
  return [name.trim().toLowerCase(), quality === undefined ? 1 : Number(quality)];
}
