/** `hitofude lab toy-2d`: a tiny run, cut off and taken up again; and what may be mistyped. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { armsNamed } from "../../../src/lab/toy-2d/arm.js";
import { call, temporaryFolder } from "../../cli/cli.js";

const at = temporaryFolder();
const TINY = [
  ..."--distil-steps 4 --steps 3 --alphas 2 --seeds 2 --samples 100 --hidden 4 --batch 8".split(
    " ",
  ),
  ..."--workers 1".split(" "),
  ..."--arms kl@score,pseudo-huber:c=0.004@x0,fisher@sigma2+oracle,f-distill:f=fkl@x0".split(" "),
];

test("a run that was cut off goes on to the same results and report", async () => {
  const args = ["lab", "toy-2d", ...TINY, "--out", at("run")];
  const first = await call(...args, "--json");
  expect(first.code, first.err).toBe(0);
  const found = JSON.parse(first.out);
  expect(found).toMatchObject({ finished: true, jobs: 6, newJobs: 6 });
  expect(found.data.claim.rewards).toMatchObject([{ reward: "R2", verdict: "not shown" }]);
  const path = at("run", "results.jsonl");
  const lines = readFileSync(path, "utf8").split("\n");
  // Without the last two arms, the second of them half written.
  writeFileSync(path, `${lines.slice(0, 4).join("\n")}\n${lines[4]?.slice(0, 40)}`);
  const again = await call(...args, "--json");
  expect(JSON.parse(again.out)).toMatchObject({ newJobs: 2, data: found.data });
  const results = (text: string): unknown[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => ({ ...JSON.parse(line), seconds: 0 }));
  expect(results(readFileSync(path, "utf8"))).toEqual(results(lines.join("\n")));
  const markdown = readFileSync(at("run", "report.md"), "utf8");
  const pictures = [...markdown.matchAll(/\]\((figures\/[^)]+)\)/g)];
  expect(pictures).toHaveLength(7);
  for (const [, file = ""] of pictures) {
    const svg = readFileSync(at("run", file), "utf8");
    expect(svg, file).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(svg, file).not.toMatch(/NaN|undefined/);
  }
  expect(existsSync(at("run", "report.html"))).toBe(true);
}, 120_000);

test("arms are registered divergences by name, with options and weightings", () => {
  const ids = (list: string): string[] => armsNamed(list).map(({ id }) => id);
  expect(ids("kl, l2@score,kl")).toEqual(["kl@sigma2", "l2@score"]);
  expect(ids("power:p=1.2:c=0.1@sid+oracle")).toEqual(["power:p=1.2:c=0.1@sid+oracle"]);
  expect(ids("all")).toHaveLength(23);
  const message = (list: string): string => {
    try {
      armsNamed(list);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(message("l3@score")).toMatch(/^There is no divergence l3\. Known: pseudo-huber, /);
  expect(message("l2@heavy")).toMatch(/^There is no weighting heavy\. Known: x0, /);
  expect(message("pseudo-huber:c@x0")).toMatchInlineSnapshot(
    `"An arm's option is "c". Write name=value, as in pseudo-huber:c=0.1@x0."`,
  );
});

test("an unknown reward is named", async () => {
  const bad = await call("lab", "toy-2d", "--rewards", "R1,R9", "--out", at("bad"));
  expect(bad.code).toBe(2);
  expect(bad.err).toMatchInlineSnapshot(`
    "error: There is no reward "R9". Known: R1, R2, R3, R4, R5; or all of them: all.
    "
  `);
});
