// Several ways of being known: the first that knows decides, and nobody is let in while one that might know is silent.
import { expect, test } from "vitest";
import { AccessCounts } from "../../src/access/accessCounts.ts";
import { Authentication } from "../../src/access/authentication.ts";
import type { Verdict } from "../../src/access/authenticator.ts";
import { Remembered } from "../../src/access/remembered.ts";
import { BearerToken } from "../../src/events/actor.ts";
import { ABSENT, bearing, JANE, Judge, KNOWN, REFUSED, Stopped, UNAVAILABLE } from "./judges.ts";

const JOE: Verdict = { outcome: "known", identity: { username: "joe", groups: [] } };
const SAYS_NOTHING = "The request does not say who asks: send a bearer token in the Authorization header.";

const BY_TOKEN = { kind: "caller", token: new BearerToken("a") };
const LET_IN = { identity: JANE, actor: BY_TOKEN };
const NOT_KNOWN = { refusal: { status: 401, detail: "no good" } };
const NOBODY_SAID = { refusal: { status: 401, detail: "The token is of none of the kinds that are taken here." } };
const NOT_TOLD = { refusal: { status: 503, detail: "nobody answers" } };

test.each<{ readonly verdicts: readonly Verdict[]; readonly comesTo: object; readonly asked: number }>([
  { verdicts: [KNOWN], comesTo: LET_IN, asked: 1 },
  { verdicts: [KNOWN, JOE], comesTo: LET_IN, asked: 1 },
  { verdicts: [ABSENT, KNOWN], comesTo: LET_IN, asked: 2 },
  { verdicts: [REFUSED, KNOWN], comesTo: LET_IN, asked: 2 },
  { verdicts: [UNAVAILABLE, KNOWN], comesTo: LET_IN, asked: 2 },
  { verdicts: [ABSENT], comesTo: NOBODY_SAID, asked: 1 },
  { verdicts: [ABSENT, ABSENT], comesTo: NOBODY_SAID, asked: 2 },
  { verdicts: [REFUSED, ABSENT], comesTo: NOT_KNOWN, asked: 2 },
  { verdicts: [ABSENT, REFUSED], comesTo: NOT_KNOWN, asked: 2 },
  { verdicts: [UNAVAILABLE, REFUSED], comesTo: NOT_TOLD, asked: 2 },
  { verdicts: [REFUSED, UNAVAILABLE], comesTo: NOT_TOLD, asked: 2 },
  { verdicts: [UNAVAILABLE, ABSENT], comesTo: NOT_TOLD, asked: 2 },
  { verdicts: [], comesTo: NOBODY_SAID, asked: 0 },
])("$verdicts comes to $comesTo", async ({ verdicts, comesTo, asked }) => {
  const ways = verdicts.map((verdict) => new Judge(verdict));
  const authentication = new Authentication(ways, new AccessCounts());
  expect(await authentication.authenticate(bearing("a"))).toEqual(comesTo);
  expect(ways.filter((way) => way.asked === 1)).toEqual(ways.slice(0, asked));
});

test("who brings no token is told to", async () => {
  const authentication = new Authentication([new Judge(ABSENT)], new AccessCounts());
  const nothing = { token: undefined, headers: {}, address: undefined, hasClientCertificate: false };
  expect(await authentication.authenticate(nothing)).toEqual({ refusal: { status: 401, detail: SAYS_NOTHING } });
});

test("each way that was asked is counted by what it said", async () => {
  const counts = new AccessCounts();
  const ways = [new Judge(REFUSED, "kubernetes"), new Judge(KNOWN, "oidc"), new Judge(KNOWN, "proxy")];
  const authentication = new Authentication(ways, counts);
  await authentication.authenticate(bearing("a"));
  await authentication.authenticate(bearing("a"));
  expect(Object.fromEntries(counts.authentications)).toEqual({
    kubernetes: { known: 0, refused: 2, absent: 0, unavailable: 0 },
    oidc: { known: 2, refused: 0, absent: 0, unavailable: 0 },
  });
});

test("asked anew, what is remembered counts for nothing", async () => {
  const judge = new Judge(KNOWN);
  const clock = new Stopped();
  const remembered = new Remembered(judge, { elapsed: clock.read, clock: clock.read });
  const authentication = new Authentication([remembered], new AccessCounts());
  expect(await authentication.authenticate(bearing("a"))).toEqual(LET_IN);
  judge.verdict = REFUSED;
  expect(await authentication.authenticate(bearing("a"))).toEqual(LET_IN);
  expect(await authentication.authenticateAnew(bearing("a"))).toEqual(NOT_KNOWN);
  expect(await authentication.authenticate(bearing("a"))).toEqual(NOT_KNOWN);
});
