// The objects of one resource by key, and their keys in order.
// Promises that many writes cost one sort, when somebody next reads in order.
import type { KubeObject } from "../kubeObject.ts";

/** The objects of one resource and their keys in order. */
export class Shelf {
  readonly objects = new Map<string, KubeObject>();
  private keys: string[] = [];
  private sorted = true;
  private removed = 0;

  set(key: string, object: KubeObject): void {
    if (!this.objects.has(key)) {
      const last = this.keys.at(-1);
      if (last !== undefined && last >= key) this.sorted = false;
      this.keys.push(key);
    }
    this.objects.set(key, object);
  }

  delete(key: string): void {
    if (this.objects.delete(key)) this.removed += 1;
  }

  /** Keys in byte order. Removals are swept and insertions sorted here, once for many writes. */
  ordered(): readonly string[] {
    if (this.removed > 0 || !this.sorted) {
      const kept = this.removed > 0 ? this.keys.filter((key) => this.objects.has(key)) : this.keys;
      if (!this.sorted) kept.sort();
      // A key deleted and created again since the last sweep stands here twice.
      this.keys = this.removed > 0 ? kept.filter((key, index) => index === 0 || key !== kept[index - 1]) : kept;
      this.removed = 0;
      this.sorted = true;
    }
    return this.keys;
  }
}

/** The half-open range of `keys` that lies in a namespace and after a key. */
export function span(
  keys: readonly string[],
  namespace: string | undefined,
  after: string | undefined,
): [number, number] {
  const from = namespace === undefined ? 0 : lowerBound(keys, `${namespace}/`);
  const to = namespace === undefined ? keys.length : lowerBound(keys, `${namespace}0`);
  if (after === undefined) return [from, to];
  return [Math.max(from, lowerBound(keys, `${after}\0`)), to];
}

function lowerBound(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
