// Where a page lies in its list, the Relay way. Paging goes forward only.
// A page knows its neighbours from what was read with it; nothing is counted for it.
import { Field, ObjectType } from "type-graphql";

@ObjectType("PageInfo", {
  simpleResolvers: true,
  description: "Where a page lies in its list. Lists are paged forward, with `first` and `after`.",
})
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more follows behind the last entry of this page." })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, {
    description: "Whether this page does not begin at the start: `after` or an `offset` was given.",
  })
  readonly hasPreviousPage: boolean;

  readonly #startCursor: () => string | null;
  readonly #endCursor: () => string | null;

  /** The cursors are made when they are selected. */
  constructor(
    hasNextPage: boolean,
    hasPreviousPage: boolean,
    startCursor: () => string | null,
    endCursor: () => string | null,
  ) {
    this.hasNextPage = hasNextPage;
    this.hasPreviousPage = hasPreviousPage;
    this.#startCursor = startCursor;
    this.#endCursor = endCursor;
  }

  @Field(() => String, { nullable: true, description: "Cursor of the first entry; null when the page is empty." })
  startCursor(): string | null {
    return this.#startCursor();
  }

  @Field(() => String, {
    nullable: true,
    description: "Cursor of the last entry, to go on from with `after`; null when the page is empty.",
  })
  endCursor(): string | null {
    return this.#endCursor();
  }
}
