// graphql-js helps whoever mistypes a name with the names that are near. Who may not read the schema could guess it by that.
// REST's own help is not touched: its names are in the public contract.
import { GraphQLError, type GraphQLFormattedError } from "graphql";

/** As its didYouMean writes it; names have no question mark in them. */
const SUGGESTION = / ?Did you mean [^?]*\?/g;

/** The error as it is sent to who is to guess nothing. */
export function withoutSuggestions(error: GraphQLError | GraphQLFormattedError): GraphQLFormattedError {
  const shown = error instanceof GraphQLError ? error.toJSON() : error;
  const message = shown.message.replace(SUGGESTION, "");
  return message === shown.message ? shown : { ...shown, message };
}
