import type { ReactNode } from "react";
import { Link } from "react-router";
import { notFound } from "@/texts/common";
import { EmptyState } from "./EmptyState";
import { PageHead } from "./PageHead";

interface Props {
  readonly title?: string;
  readonly body?: string;
  // The search box, where the page has one.
  readonly search?: ReactNode;
}

// NotFound is the page for an address that leads to nothing; `title` names what was
// looked for.
export function NotFound({ title = notFound.title, body = notFound.objectBody, search }: Props) {
  return (
    <>
      <PageHead title={title} />
      <EmptyState title={body} actions={<Link to="/overview">{notFound.toOverview}</Link>}>
        {search}
      </EmptyState>
    </>
  );
}
