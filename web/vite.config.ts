import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { graph } from "./build/graph.ts";
import { localConfig } from "./build/localConfig.ts";
import { keepsFolder, precompressed } from "./build/precompressed.ts";

// The server that `vite dev` passes requests on to; see README.md.
const server = process.env.TIDINGS_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  // Assets are named relative to the page; the server makes them absolute.
  base: "./",
  plugins: [react(), localConfig(), graph(), precompressed(), keepsFolder()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2023",
    // What is small and on every page is one request, not thirty.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "icons", test: /lucide-react/ },
            { name: "shared", test: /src\/(?:ui|lib)\/(?!JsonTree|BodyView)/ },
          ],
        },
      },
    },
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // The documentation is beside this folder: the console shows code from it.
    fs: { allow: [".", "../docs"] },
    proxy: {
      "/api": { target: server, changeOrigin: true },
      "/openapi.json": { target: server, changeOrigin: true },
      "/receiver": { target: server, changeOrigin: true },
    },
  },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 30_000,
    css: false,
    server: { deps: { inline: [/@mantine/] } },
  },
});
