import { Button } from "@mantine/core";
import { useRouteError } from "react-router";
import { errors } from "@/texts/common";
import { EmptyState } from "@/ui/EmptyState";
import { PageHead } from "@/ui/PageHead";

// ErrorPage stands for a page that failed while it was drawn or loaded.
export function ErrorPage() {
  const error = useRouteError();
  return (
    <div role="alert">
      <PageHead title={errors.boundaryTitle} />
      <EmptyState
        title={errors.boundaryBody}
        actions={
          <Button variant="filled" onClick={() => location.reload()}>
            {errors.reload}
          </Button>
        }
      >
        <span className="mono">{error instanceof Error ? error.message : String(error)}</span>
      </EmptyState>
    </div>
  );
}
