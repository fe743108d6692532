import { NotFound } from "@/ui/NotFound";

// Not built yet: no link leads here (see app/built.ts).
export const Component = () => <NotFound />;
