import { Button } from "@mantine/core";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { useSession } from "@/api/session";
import { events, catalogue as texts } from "@/texts/events";
import { EmptyState } from "@/ui/EmptyState";
import { PageHead } from "@/ui/PageHead";
import { EventTabs } from "./EventTabs";
import { EventTypeDialog } from "./EventTypeDialog";
import { EventTypePanel } from "./EventTypePanel";
import styles from "./events.module.css";
import { TypeList } from "./TypeList";

// The catalogue: every event type on the left, the chosen one on the right.
export function Component() {
  const { type } = useParams();
  const { scopes = [] } = useSession();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <PageHead
        title={events.catalogue}
        tabTitle={type ?? events.catalogue}
        crumbs={[{ text: events.title, to: "/events" }, { text: events.catalogue }]}
        sub={texts.sub}
        actions={
          scopes.includes("manage") && (
            <Button leftSection={<Plus className="icon" />} onClick={() => setAdding(true)}>
              {texts.add}
            </Button>
          )
        }
      />
      <EventTabs />
      <div className={styles.browse}>
        <TypeList />
        {type ? <EventTypePanel key={type} name={type} /> : <EmptyState title={texts.choose} />}
      </div>
      <EventTypeDialog opened={adding} onClose={() => setAdding(false)} />
    </>
  );
}
