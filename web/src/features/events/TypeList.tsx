import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { NavLink } from "react-router";
import { eventTypesQuery } from "@/api/eventTypes";
import { catalogue as texts } from "@/texts/events";
import { Card } from "@/ui/Card";
import { ErrorCard } from "@/ui/ErrorCard";
import { leaveOnEscape } from "@/ui/leaveOnEscape";
import styles from "./events.module.css";
import { groupTypes } from "./groups";
import { typePath } from "./links";

// TypeList is the way through the catalogue: groups in their order, narrowed by a search.
export function TypeList() {
  const types = useQuery(eventTypesQuery);
  const [search, setSearch] = useState("");
  const id = useId();
  const groups = groupTypes(types.data ?? [], search);
  return (
    <Card>
      <TextInput
        type="search"
        aria-label={texts.search}
        placeholder={texts.search}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        data-search
        onKeyDown={leaveOnEscape}
        mb={12}
      />
      {types.error && <ErrorCard error={types.error} onRetry={() => void types.refetch()} />}
      <nav aria-label={texts.list} className={styles.types}>
        {groups.map(({ group, types }, i) => (
          <div key={group}>
            <h2 id={`${id}-${i}`}>{group || texts.ungrouped}</h2>
            <ul aria-labelledby={`${id}-${i}`}>
              {types.map((type) => (
                <li key={type.name}>
                  <NavLink to={typePath(type.name)} className="mono">
                    {type.name}
                  </NavLink>
                </li>
              ))}
            </ul>
          </div>
        ))}
        {types.data && groups.length === 0 && <p className="t2">{texts.noneFound}</p>}
      </nav>
    </Card>
  );
}
