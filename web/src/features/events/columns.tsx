import { Link } from "react-router";
import type { EventRow } from "@/api/events";
import { bytes } from "@/lib/format";
import { events as texts } from "@/texts/events";
import type { Column } from "@/ui/DataTable";
import { IdText } from "@/ui/IdText";
import { Time } from "@/ui/Time";
import { FanOutCell } from "./FanOutCell";
import { eventPath } from "./links";

export const columns: readonly Column<EventRow>[] = [
  {
    key: "type",
    head: texts.type,
    rowHead: true,
    cell: (event) => (
      <Link data-row-link to={eventPath(event.id)} className="mono">
        {event.eventType}
      </Link>
    ),
  },
  { key: "matched", head: texts.matched, cell: (event) => <FanOutCell event={event} /> },
  { key: "id", head: texts.id, cell: (event) => <IdText id={event.id} what={texts.id} />, hide: "narrow" },
  { key: "source", head: texts.source, cell: (event) => event.sourceName ?? event.source, hide: "medium" },
  { key: "size", head: texts.size, cell: (event) => bytes(event.size), numeric: true, hide: "medium" },
  { key: "time", head: texts.time, cell: (event) => <Time at={event.acceptedAt} /> },
];
