import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { urlOf } from "@/api/client";
import { documentQuery, type Operation } from "@/api/document";
import { apiPage as texts } from "@/texts/apiPage";
import { Card } from "@/ui/Card";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorCard } from "@/ui/ErrorCard";
import { leaveOnEscape } from "@/ui/leaveOnEscape";
import { PageHead } from "@/ui/PageHead";
import styles from "./api.module.css";
import { OperationPanel } from "./OperationPanel";
import { groupOperations } from "./operations";

// The API as its own document describes it; nothing is loaded from elsewhere.
export function Component() {
  const operations = useQuery(documentQuery);
  const [params] = useSearchParams();
  const id = params.get("operation");
  const chosen = operations.data?.find((operation) => operation.id === id);
  const document = urlOf("/openapi.json");
  return (
    <>
      <PageHead
        title={texts.title}
        tabTitle={chosen?.id ?? texts.title}
        sub={
          <>
            {texts.sub}{" "}
            <a href={document} className="mono">
              /openapi.json
            </a>
          </>
        }
      />
      {operations.error && <ErrorCard error={operations.error} onRetry={() => void operations.refetch()} />}
      {operations.data && (
        <div className={styles.browse}>
          <OperationList operations={operations.data} chosen={id} />
          {chosen ? <OperationPanel key={chosen.id} operation={chosen} /> : <EmptyState title={texts.choose} />}
        </div>
      )}
    </>
  );
}

function OperationList({ operations, chosen }: { operations: readonly Operation[]; chosen: string | null }) {
  const [search, setSearch] = useState("");
  const id = useId();
  const groups = groupOperations(operations, search);
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
      <nav aria-label={texts.operations} className={styles.list}>
        {groups.map(({ tag, operations }, i) => (
          <div key={tag}>
            <h2 id={`${id}-${i}`}>{tag}</h2>
            <ul aria-labelledby={`${id}-${i}`}>
              {operations.map((operation) => (
                <li key={operation.id}>
                  <Link
                    to={`/api?operation=${encodeURIComponent(operation.id)}`}
                    aria-current={operation.id === chosen ? "page" : undefined}
                  >
                    <span className={styles.method}>{operation.method}</span> {operation.path}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
        {groups.length === 0 && <p className="t2">{texts.noneFound}</p>}
      </nav>
    </Card>
  );
}
