import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "testing/**/*.test.ts"],
    exclude: ["test/slow/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
export default config;
