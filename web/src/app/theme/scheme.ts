import { localStorageColorSchemeManager } from "@mantine/core";

// The key is known to public/theme.js as well, which runs before this.
export const schemes = localStorageColorSchemeManager({ key: "tidings.scheme" });
