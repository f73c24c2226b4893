// The cursors of what is measured: whoever told a change and whoever heard of it know its place by them.
// Their key is no secret here, so that a receiver can tell whether anything was left out.
import { Cursors } from "../../../src/events/cursor.ts";

export const EPOCH = "0123456789abcdef";
export const CURSOR_KEY = Buffer.alloc(16, EPOCH);

export const CURSORS = new Cursors({ epoch: EPOCH, key: CURSOR_KEY });
