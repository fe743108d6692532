export const sections = ["general", "delivery", "network", "account", "about"] as const;
export type Section = (typeof sections)[number];

export const isSection = (text: string): text is Section => (sections as readonly string[]).includes(text);

const delivery = new Set(["retry-schedule", "max-in-flight", "hold-for", "retention"]);
const network = new Set(["dev", "allow-networks", "ca-file", "egress-proxy"]);

// sectionOf is where a setting is shown; one that nobody has placed is general.
export function sectionOf(key: string): Section {
  if (delivery.has(key)) return "delivery";
  return network.has(key) ? "network" : "general";
}

// variableOf is the environment variable of a setting.
export const variableOf = (key: string): string => `TIDINGS_${key.replaceAll("-", "_").toUpperCase()}`;
