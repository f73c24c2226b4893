// A worker that gives way: on a busy machine the thread that answers requests goes first, and storing waits its turn.
// Linux gives each thread a niceness of its own; elsewhere it is the whole process's, so nothing is changed there.
import { setPriority } from "node:os";

/** 0 is normal, 19 the nicest: a thread of 5 gets a third of what a normal one gets when both want the core. */
const NICENESS = 5;

/** Makes the calling thread yield to the main one. Where that is not allowed, all stay equal. */
export function yieldToMain(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, NICENESS);
  } catch {
    // a sandbox may forbid it; nothing depends on it
  }
}
