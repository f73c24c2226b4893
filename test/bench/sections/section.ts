// What a section of the bench is given and gives back.
// A section starts what it needs, measures, ends what it started, and removes what it wrote.
import type { Child } from "../child.ts";
import type { Figure } from "../figures.ts";
import type { Form } from "../options.ts";
import type { Speed } from "../report.ts";

export interface Findings {
  readonly figures: readonly Figure[];
  readonly speeds: readonly Speed[];
}

export interface SectionContext {
  readonly form: Form;
  readonly load: Child;
  readonly say: (text: string) => void;
}

export function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
