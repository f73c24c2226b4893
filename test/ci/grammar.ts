// GitHub's own grammar of workflows, through its own parser.
// That one imports JSON as bundlers do: here Node is told what it is.
import { registerHooks } from "node:module";

registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
});

/** What is wrong with a workflow, each with its place. */
export async function faultsOf(name: string, content: string): Promise<readonly string[]> {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value); // it sees what each part makes of another
  return context.errors.getErrors().map(({ message }) => message);
}
