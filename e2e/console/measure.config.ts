import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

// What is measured or photographed: run by `make first-minutes`, `make screenshots` and by hand, not by the tests.
export default defineConfig(base, {
  testDir: "measure",
  workers: 1,
  timeout: 15 * 60_000,
  reporter: "line",
});
