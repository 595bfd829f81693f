/**
 * In every test file: one seed for all random cases, so that a run can be repeated.
 * HITOFUDE_SEED chooses another; a failing test prints it.
 */
import { configureGlobal } from "fast-check";
import { beforeEach } from "vitest";

const seed = Number(process.env.HITOFUDE_SEED || 20260101);
if (!Number.isInteger(seed)) {
  throw new Error(`HITOFUDE_SEED is "${process.env.HITOFUDE_SEED}". Give a whole number.`);
}
configureGlobal({ seed });

beforeEach(({ onTestFailed }) => {
  onTestFailed(({ task }) => {
    const rerun = `HITOFUDE_SEED=${seed} HITOFUDE_ADAPTER=${process.env.HITOFUDE_ADAPTER} npm test`;
    console.error(`${task.name}: to repeat, ${rerun} -- ${task.file.name}`);
  });
});
