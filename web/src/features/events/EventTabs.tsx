import { events as texts } from "@/texts/events";
import { NavTabs } from "@/ui/NavTabs";

export const EventTabs = () => (
  <NavTabs
    label={texts.tabs}
    tabs={[
      { to: "/events", text: texts.stream, end: true },
      { to: "/events/catalogue", text: texts.catalogue },
    ]}
  />
);
