// Builds the page of playground/ into `dist/playground`, with paths of its own, so that it lies on any web server.
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** `dist`: a folder with the compiled sources. */
export async function buildPlayground(dist) {
  await build({
    configFile: false,
    root: join(root, "playground"),
    base: "./",
    logLevel: "warn",
    worker: { format: "es" },
    build: {
      outDir: join(dist, "playground"),
      emptyOutDir: true,
      target: "es2022",
      // The editor is one large file whatever is done.
      chunkSizeWarningLimit: 8_000,
      // How long the build took is not worth a warning.
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  });
  for (const name of ["LICENSE", "ThirdPartyNotices.txt"])
    copyFileSync(join(root, "node_modules", "monaco-editor", name), join(dist, "playground", `monaco.${name}`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPlayground(join(root, "dist"));
