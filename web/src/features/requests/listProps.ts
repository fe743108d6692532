import type { RequestFilter } from "./filters";

export interface FilterProps {
  readonly filter: RequestFilter;
  // Typing replaces the address, choosing makes a new one to come back to.
  readonly onFilter: (filter: RequestFilter, replace?: boolean) => void;
  // The webhook whose page this is: there is nothing to choose then.
  readonly webhookId?: string | undefined;
}

export interface ListProps extends FilterProps {
  // Where the page of a request is, without its filter.
  readonly pathOf: (id: string) => string;
  // The row that is open beside the list.
  readonly open?: string | undefined;
  readonly webhookName?: string | undefined;
  // For a webhook that is disabled: nothing new comes.
  readonly disabled?: boolean;
  readonly eventTypes?: readonly string[] | undefined;
}

// addressed is the filter as the address has it: on the page of a webhook it goes without
// saying.
export const addressed = ({ filter, webhookId }: FilterProps): RequestFilter =>
  webhookId ? { ...filter, webhook: "" } : filter;
