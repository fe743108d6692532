import { NotFound } from "@/ui/NotFound";

// Not built yet: no link leads here (see lib/built.ts).
export const Component = () => <NotFound />;
