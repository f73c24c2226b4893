// What is wrong with a manifest, as the graph tells it; what it is judged by is asked of the cluster and of the store.
// What cannot be asked is not judged by.
import { Field, Int, ObjectType } from "type-graphql";
import type { HookDefinition } from "../events/hookDefinition.ts";
import { sees } from "../events/sight.ts";
import type { Finding, FindingOrigin, NamedHook } from "../hooks/finding.ts";
import type { KnownHook } from "../hooks/lint.ts";
import { type Manifest, readManifest } from "../hooks/manifest.ts";
import { type Validation, validateManifest } from "../hooks/validate.ts";
import type { GraphContext } from "./context.ts";
import { FindingOriginEnum, HookSchemaSourceEnum } from "./enums.ts";
import { dryRun } from "./hookDryRun.ts";

/** Pages of hooks that are read of one namespace, of 1,000 each. */
const MAX_PAGES = 5;

@ObjectType("ManifestHook", {
  simpleResolvers: true,
  description: "A hook of a manifest, by its name.",
})
export abstract class ManifestHookType implements NamedHook {
  @Field(() => String, { nullable: true, description: "Namespace as the manifest gives it; null when it gives none." })
  readonly namespace: string | null = null;

  @Field(() => String, { description: "Name as the manifest gives it, good or bad." })
  readonly name: string = "";
}

@ObjectType("HookFinding", {
  simpleResolvers: true,
  description: "One thing that is wrong with a manifest, or hardly meant.",
})
abstract class HookFindingType implements Finding {
  @Field(() => String, {
    description:
      "What it is, in a word that stays the same: `REQUIRED`, `NOT_SUPPORTED`, `UNKNOWN_FIELD`, `UNKNOWN_PLACEHOLDER`. An open set.",
  })
  readonly code: Finding["code"] = "SYNTAX";

  @Field(() => FindingOriginEnum, { description: "Who is at odds with it: the API server, khook, or only good sense." })
  readonly origin: FindingOrigin = "TEXT";

  @Field(() => String, {
    description:
      "The field, as the API server names it: `spec.eventConfigurations[0].prompt`. Empty when it is about a document as a whole.",
  })
  readonly path: string = "";

  @Field(() => String, { description: "What is wrong, and what would be right." })
  readonly message: string = "";

  @Field(() => Int, {
    description: "Which document of the text, from 1; 0 when it is about the text as a whole.",
  })
  readonly document: number = 0;

  @Field(() => ManifestHookType, {
    nullable: true,
    description: "Which hook; null when that has no name, or cannot be told.",
  })
  readonly hook: NamedHook | null = null;

  @Field(() => Int, {
    description: "Line in the text, from 1. Of what is missing, that of the object it is missing in.",
  })
  readonly line: number = 1;

  @Field(() => Int, { description: "Column in the line, from 1, counted in UTF-16 units as editors do." })
  readonly column: number = 1;
}

@ObjectType("HookSchema", {
  simpleResolvers: true,
  description: "The schema of the Hook resource that a manifest was judged by.",
})
abstract class HookSchemaType {
  @Field(() => HookSchemaSourceEnum, {
    description: "Where it was read: in the cluster, for a minute, or in the gateway's own copy.",
  })
  readonly source: HookDefinition["source"] = "BUNDLED";

  @Field(() => [String], { description: "The versions that it has, the stored one first: `kagent.dev/v1alpha2`." })
  readonly apiVersions: readonly string[] = [];

  @Field(() => String, { nullable: true, description: "Why it is not the cluster's; null when it is." })
  readonly reason: string | null = null;
}

@ObjectType("HookValidation", {
  simpleResolvers: true,
  description: "What is to be said of a text of Hook manifests.",
})
export abstract class HookValidationType implements Validation {
  @Field(() => Boolean, { description: "Whether there are no errors: the API server and khook would take it." })
  readonly valid: boolean = true;

  @Field(() => [HookFindingType], {
    complexity: ({ childComplexity }) => 1 + 10 * childComplexity,
    description: "What the API server or khook would refuse, in the order of the text; at most 500.",
  })
  readonly errors: readonly Finding[] = [];

  @Field(() => [HookFindingType], {
    complexity: ({ childComplexity }) => 1 + 10 * childComplexity,
    description: "What would be taken and is hardly meant, in the order of the text; at most 500.",
  })
  readonly warnings: readonly Finding[] = [];

  @Field(() => Int, { description: "How many findings there are beyond those of the lists." })
  readonly omitted: number = 0;

  @Field(() => [ManifestHookType], {
    complexity: ({ childComplexity }) => 1 + 10 * childComplexity,
    description: "The hooks that were looked at and have a name, in the order of the text.",
  })
  readonly hooks: readonly NamedHook[] = [];

  @Field(() => HookSchemaType, { description: "Which schema it was judged by." })
  readonly schema: Validation["schema"] = { source: "BUNDLED", apiVersions: [], reason: null };
}

export async function validateHook(text: string, isDryRun: boolean, context: GraphContext): Promise<Validation> {
  return judged(readManifest(text), context, isDryRun);
}

/** Judged by all that can be asked; in a dry run the API server is asked as well. */
export async function judged(manifest: Manifest, context: GraphContext, isDryRun = false): Promise<Validation> {
  context.now(); // what the cluster has goes stale by itself
  const { surroundings, eventTypes, rights } = context;
  const [definition, namespaces, hooks, apiServer] = await Promise.all([
    surroundings.definition(),
    rights.sight.hooks === "all" ? surroundings.namespaces() : undefined, // which there are is not everybody's to know
    neighbours(manifest, context),
    isDryRun ? dryRun(manifest, context) : undefined,
  ]);
  const produced = eventTypes()
    .filter(({ enabled }) => enabled)
    .map(({ name }) => name);
  const known = { namespaces, hooks, eventTypes: [...new Set(produced)] };
  return validateManifest(manifest, definition, known, apiServer);
}

/** The hooks that are in the namespaces of the manifest, as far as the caller may see them. */
async function neighbours({ subjects }: Manifest, { store, rights }: GraphContext): Promise<readonly KnownHook[]> {
  const namespaces = new Set(subjects.flatMap(({ hook }) => hook?.namespace ?? []));
  const seen = [...namespaces].filter((namespace) => sees(rights.sight.hooks, namespace));
  const found = await Promise.all(seen.map((namespace) => hooksOf(namespace, store)));
  return found.flat();
}

async function hooksOf(namespace: string, store: GraphContext["store"]): Promise<readonly KnownHook[]> {
  const found: KnownHook[] = [];
  for (let page = 0; page < MAX_PAGES; page++) {
    const last = found.at(-1);
    const { hooks, hasMore } = await store.hooks({
      namespaces: [namespace],
      first: 1000,
      ...(last ? { after: last } : {}),
    });
    found.push(
      ...hooks.map(({ name, eventConfigurations }) => {
        return { namespace, name, eventTypes: eventConfigurations.map(({ eventType }) => eventType) };
      }),
    );
    if (!hasMore) break;
  }
  return found;
}
