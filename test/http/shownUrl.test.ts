// What of a request's target may stand in a log.
import { expect, test } from "vitest";
import { shownUrl } from "../../src/http/shownUrl.ts";

test.each([
  ["/api/v1/events?namespace=shop&limit=5", "/api/v1/events?namespace=shop&limit=5"],
  ["/api/v1/events", "/api/v1/events"],
  ["/a?token=s3cret", "/a?token=redacted"],
  ["/a?x=1&access_token=s3cret&y=2", "/a?x=1&access_token=redacted&y=2"],
  ["/a?ACCESS_TOKEN=s3cret", "/a?ACCESS_TOKEN=redacted"],
  ["/a?%74oken=s3cret", "/a?%74oken=redacted"],
  ["/a?to%6ben=s3cret=s3cret", "/a?to%6ben=redacted"],
  ["/a?id_token=s3cret&x-auth=s3cret&api-key=s3cret&client_secret=s3cret", null],
  ["/a?password=s3cret&Authorization=s3cret", null],
  ["/a?%zz=1&token=s3cret", "/a?%zz=1&token=redacted"],
  ["/a?tokens=5&b", "/a?tokens=5&b"],
])("%s", (url, shown) => {
  if (shown !== null) expect(shownUrl(url)).toBe(shown);
  expect(shownUrl(url)).not.toContain("s3cret");
});

test("a long one is cut, and a token at its end is not what is left", () => {
  const shown = shownUrl(`/a?${"x".repeat(485)}=1&token=${"s3cret".repeat(50)}`);
  expect(shown.length).toBe(501);
  expect(shown).not.toContain("s3cret");
});
