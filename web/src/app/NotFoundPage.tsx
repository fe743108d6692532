import { notFound } from "@/texts/common";
import { NotFound } from "@/ui/NotFound";

export const NotFoundPage = () => <NotFound title={notFound.title} body={notFound.body} />;
