#!/usr/bin/env node
/** The command line. */
import { execute } from "./execute.js";

// A reader that has seen enough (`hitofude … | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

await execute(process.argv.slice(2));
