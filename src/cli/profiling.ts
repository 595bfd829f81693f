/**
 * `--profile <file>`: where the time of a part of a command went. The table goes to the person, the
 * time line to the file, as chrome://tracing, Perfetto and speedscope read it.
 */
import { dirname } from "node:path";
import type { Command } from "commander";
import type { GpuDevice } from "../device/device.js";
import type { Profile } from "../device/profile.js";
import { writeFile } from "../io/node-files.js";
import { measureCeilings } from "../shaders/ceilings.js";
import { makeFolder } from "./folder.js";

export interface ProfileOptions {
  /** Where the time line goes; nothing is measured without it. */
  readonly profile?: string;
}

/** What was measured, for the report: the time line itself is in the file. */
export interface Profiled extends Omit<Profile, "chromeTrace"> {
  readonly file: string;
}

/** @param what is measured, for the help */
export function profileOption(command: Command, what: string): Command {
  return command.option(
    "--profile <file.json>",
    `time ${what} kernel by kernel: a table, and a Chrome trace in the file`,
  );
}

/** Refuses, before any work, a place that cannot take the file. */
export function checkProfile({ profile }: ProfileOptions): void {
  if (profile !== undefined) makeFolder(dirname(profile));
}

/** Runs `run` under the clock and writes its time line. The ceilings are measured before, once. */
export async function profiled(
  device: GpuDevice,
  file: string,
  run: () => Promise<void>,
): Promise<Profiled> {
  await measureCeilings(device);
  const { chromeTrace, ...rest } = await device.profile(run);
  writeFile(file, `${JSON.stringify(chromeTrace)}\n`);
  return { ...rest, file };
}

/** For standard output. */
export function profileText({ table, file }: Profiled, what: string): string {
  return `${table}\nprofile  ${what}; its time line: ${file}\n\n`;
}

/** For `--json`: the rows alone, for the table says the same. */
export function profileJson(profile: Profiled | undefined) {
  if (!profile) return {};
  const { table: _, ...rest } = profile;
  return { profile: rest };
}
