import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Plugin } from "vite";

export interface Chunk {
  // The source that the chunk begins with, relative to the folder of the console.
  readonly source: string | undefined;
  readonly imports: readonly string[];
  readonly css: readonly string[];
}

// graph writes down which file of the build loads which, for build/budget.mjs. It lies
// beside dist, not in it, and is not embedded.
export function graph(): Plugin {
  let root = "";
  return {
    name: "graph",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      root = config.root;
    },
    async writeBundle(_, bundle) {
      const chunks: Record<string, Chunk> = {};
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type !== "chunk") continue;
        const source = file.facadeModuleId ? relative(root, file.facadeModuleId) : undefined;
        chunks[name] = { source, imports: file.imports, css: [...(file.viteMetadata?.importedCss ?? [])] };
      }
      await mkdir(join(root, ".build"), { recursive: true });
      await writeFile(join(root, ".build/graph.json"), JSON.stringify(chunks, undefined, 1));
    },
  };
}
