import { useOutlet, useParams } from "react-router";
import { requests as texts } from "@/texts/requests";
import { PageHead } from "@/ui/PageHead";
import { PanelLayout, useHasPanel } from "./PanelLayout";
import { RequestList } from "./RequestList";
import { useFilter } from "./useFilter";

// Requests of all webhooks. A request that is opened from the list stands beside it
// where there is room; its address shows it alone.
export function Component() {
  const { requestId } = useParams();
  const outlet = useOutlet();
  const panel = useHasPanel();
  const { filter, onFilter } = useFilter();
  if (requestId !== undefined && !panel) return outlet;
  return (
    <>
      <PageHead title={texts.title} sub={texts.sub} />
      <PanelLayout panel={requestId === undefined ? undefined : outlet}>
        <RequestList filter={filter} onFilter={onFilter} pathOf={(id) => `/requests/${id}`} open={requestId} />
      </PanelLayout>
    </>
  );
}
