// What observations have in common is held once, and each says what it said.
import fc from "fast-check";
import { expect, test } from "vitest";
import { sharing } from "../../src/sources/shared.ts";
import { observations } from "../generators.ts";

test("each observation says what it said, whatever came before it", () => {
  fc.assert(
    fc.property(fc.array(observations, { maxLength: 20 }), (all) => {
      expect(all.map(sharing())).toEqual(all);
    }),
  );
});

test("parts that say the same as before are the ones from before, and others are not", () => {
  fc.assert(
    fc.property(observations, (observation) => {
      const shared = sharing();
      const first = shared(observation);
      const again = shared(structuredClone(observation));
      expect([again.resource, again.tags]).toEqual([first.resource, first.tags]);
      expect(again.resource).toBe(first.resource);
      expect(again.tags).toBe(first.tags);
      const other = shared({ ...observation, resource: { ...observation.resource, name: "another" } });
      expect(other.resource.name).toBe("another");
    }),
  );
});
