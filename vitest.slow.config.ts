import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: { include: ["test/slow/**/*.test.ts"], pool: "forks", maxWorkers: 2, testTimeout: 600_000 },
});
export default config;
