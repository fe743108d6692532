import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const compressible = /\.(?:js|css|svg|json|map|txt)$/;

// precompressed writes a .br and a .gz beside each file of the build that becomes
// smaller, so that the server only chooses.
export function precompressed(): Plugin {
  let out = "";
  return {
    name: "precompressed",
    apply: "build",
    configResolved(config) {
      out = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const names = await readdir(out, { recursive: true });
      await Promise.all(names.filter((name) => compressible.test(name)).map((name) => compress(join(out, name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file);
  const small = await Promise.all([
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  const kinds = [".br", ".gz"];
  for (const [i, result] of small.entries()) {
    if (result.length < bytes.length) await writeFile(file + kinds[i], result);
  }
}

// keepsFolder puts back the file by which git knows the folder of the build.
export function keepsFolder(): Plugin {
  return {
    name: "keeps-folder",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: ".gitkeep", source: "" });
    },
  };
}
