// Secrets in files that change while they are used.
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { WebhookSecrets } from "../../../src/sources/webhook/secrets.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "khook-gateway-secrets-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
});

test("a file holds the secret of every name; each of its lines is one", async () => {
  const file = join(directory, "secret");
  await writeFile(file, "  old-one \n\nnew-one\r\n");
  const secrets = await WebhookSecrets.open(file);
  expect(await secrets.of("ci")).toEqual(["old-one", "new-one"]);
  expect(await secrets.of("alertmanager")).toEqual(["old-one", "new-one"]);
});

test("a file that changes counts at once", async () => {
  const file = join(directory, "secret");
  await writeFile(file, "one");
  const secrets = await WebhookSecrets.open(file);
  await writeFile(file, "two");
  expect(await secrets.of("ci")).toEqual(["two"]);
  await writeFile(join(directory, "next"), "three");
  await rename(join(directory, "next"), file);
  expect(await secrets.of("ci")).toEqual(["three"]);
});

test("a file that is gone or empty is no secret, and not the one there was", async () => {
  const file = join(directory, "secret");
  await writeFile(file, "one");
  const secrets = await WebhookSecrets.open(file);
  await writeFile(file, "\n");
  await expect(secrets.of("ci")).rejects.toThrow("holds no secret");
  await rm(file);
  await expect(secrets.of("ci")).rejects.toThrow("ENOENT");
});

test("a directory, as Kubernetes mounts a Secret, holds one file a name, and there are no other webhooks", async () => {
  const mounted = join(directory, "mounted");
  for (const [version, text] of [
    ["v1", "first"],
    ["v2", "second"],
  ] as const) {
    await mkdir(join(directory, "mounted", version), { recursive: true });
    await writeFile(join(mounted, version, "ci"), text);
  }
  await symlink("v1", join(mounted, "..data"));
  await symlink(join("..data", "ci"), join(mounted, "ci"));
  const secrets = await WebhookSecrets.open(mounted);
  expect(await secrets.of("ci")).toEqual(["first"]);
  expect(await secrets.of("alertmanager")).toBeUndefined();

  await symlink("v2", join(mounted, "..next"));
  await rename(join(mounted, "..next"), join(mounted, "..data"));
  expect(await secrets.of("ci")).toEqual(["second"]);
  await rm(mounted, { recursive: true });
  await expect(secrets.of("ci")).rejects.toThrow("ENOENT");
});

test.each(["kubernetes", "..", "../secret", "..data", "a/b", "A", "", "-a", "a".repeat(64), "ci\0", "__proto__"])(
  "there is no webhook called %j",
  async (name) => {
    await writeFile(join(directory, "secret"), "one");
    for (const path of [directory, join(directory, "secret")]) {
      expect(await (await WebhookSecrets.open(path)).of(name)).toBeUndefined();
    }
  },
);

test("a path where nothing is, and a file without a secret, are refused from the start", async () => {
  await expect(WebhookSecrets.open(join(directory, "none"))).rejects.toThrow("ENOENT");
  await writeFile(join(directory, "empty"), " \n");
  await expect(WebhookSecrets.open(join(directory, "empty"))).rejects.toThrow("empty holds no secret");
});
