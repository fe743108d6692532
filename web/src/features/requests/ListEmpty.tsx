import { Button } from "@mantine/core";
import { useRetention } from "@/api/session";
import { span } from "@/lib/format";
import { common } from "@/texts/common";
import { requests as texts } from "@/texts/requests";
import { EmptyState } from "@/ui/EmptyState";
import { isFiltered, noFilter, type RequestFilter } from "./filters";
import { addressed, type ListProps } from "./listProps";
import { useRangeText } from "./RangeFilter";
import { isGone } from "./range";
import { SampleButton } from "./SampleButton";

// ListEmpty says why there is no row: the time is not kept any more, the filters let
// nothing through, or nothing has happened yet.
export function ListEmpty(props: ListProps) {
  const { onFilter, webhookName, disabled, eventTypes } = props;
  const filter = addressed(props);
  const kept = useRetention();
  const rangeText = useRangeText();
  const clear = <Button onClick={() => onFilter(noFilter)}>{common.clearFilters}</Button>;
  if (isGone(filter, Date.now(), kept)) {
    return (
      <EmptyState title={texts.goneTitle} actions={clear}>
        {texts.goneBody(span(kept))}
      </EmptyState>
    );
  }
  if (isFiltered(filter)) {
    return (
      <EmptyState title={texts.noneTitle} actions={clear}>
        {texts.noneBody(said(filter, rangeText(filter)))}
      </EmptyState>
    );
  }
  const body = webhookName === undefined ? texts.emptyBodyAll : texts.emptyBody;
  return (
    <EmptyState title={texts.emptyTitle} actions={!disabled && <SampleButton eventTypes={eventTypes} />}>
      {disabled ? texts.emptyDisabled : body}
    </EmptyState>
  );
}

function said(filter: RequestFilter, range: string): string {
  return [
    ...(filter.status === "all" ? [] : [texts[filter.status]]),
    ...filter.events,
    ...filter.codes.map((code) => texts.resultNames[code]),
    ...(filter.webhook ? [texts.webhook] : []),
    ...(filter.q ? [texts.searchFor(filter.q)] : []),
    range,
  ].join(", ");
}
