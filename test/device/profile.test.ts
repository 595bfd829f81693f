import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { Commands } from "../../src/device/commands.js";
import type { GpuDevice } from "../../src/device/device.js";
import { type NodeDevice, openNodeDevice } from "../../src/device/node-device.js";
import { type ProfileFrame, summarize } from "../../src/device/profile.js";
import { attention } from "../../src/ops/attention.js";
import { add, mul } from "../../src/ops/binary.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { matmul } from "../../src/ops/matmul.js";
import { sum } from "../../src/ops/sum.js";
import { measureCeilings } from "../../src/shaders/ceilings.js";
import { copyInto, ones, tensor, write, zeros } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";

const device = testDevice();

let blind: NodeDevice;
beforeAll(async () => {
  blind = await openNodeDevice();
  Object.defineProperty(blind.device.gpu, "features", { value: new Set() });
});
afterAll(() => {
  expect(blind.device.stats.liveBuffers).toBe(0);
  blind.close();
});

const clocks: readonly ["timestamps" | "submissions", () => GpuDevice][] = [
  ["timestamps", device],
  ["submissions", () => blind.device],
];

const FRAME: ProfileFrame = {
  name: "an adapter",
  clock: "timestamps",
  wallMs: 12.34,
  peakBytes: 3 * 2 ** 20,
  ceilings: { gflops: 50, gbs: 10 },
};
const GROUPS = [8, 1, 1] as const;
const SAMPLES = [
  { label: "matmul.tiled", begin: 0, ms: 2, bytes: 4e6, flop: 8e7, groups: GROUPS },
  {
    label: "elementwise_binary: fn f(a: vec4f, b: vec4f) -> vec4f { return a + b; }",
    begin: 2.5,
    ms: 1,
    bytes: 8e6,
    flop: undefined,
    groups: GROUPS,
  },
  { label: "matmul.tiled", begin: 4, ms: 1, bytes: 2e6, flop: 4e7, groups: GROUPS },
];

describe("the report", () => {
  test("the table: one row per kernel, longest first, with the fraction of the ceiling", () => {
    const profile = summarize(SAMPLES, FRAME);
    expect(profile.totalMs).toBe(4);
    expect(`\n${profile.table}`).toMatchInlineSnapshot(`
      "
      kernel                     launches    ms  share   MB  GB/s  GFLOP/s  of ceiling
      matmul.tiled                      2  3.00  75.0%  6.0   2.0     40.0       80.0%
      elementwise_binary: a + b         1  1.00  25.0%  8.0   8.0                80.0%
      total                             3  4.00
      an adapter: 12.3 ms in all, peak memory 3 MiB. Timed by timestamp queries.
      Ceilings: 50.0 GFLOP/s, 10.0 GB/s."
    `);
    expect(profile.rows[0]).toMatchInlineSnapshot(`
      {
        "bytes": 6000000,
        "flop": 120000000,
        "fraction": 0.8,
        "gbs": 2,
        "gflops": 40,
        "label": "matmul.tiled",
        "launches": 2,
        "ms": 3,
        "share": 0.75,
      }
    `);
  });

  test("the table of another clock, without ceilings, without launches", () => {
    const frame: ProfileFrame = { ...FRAME, clock: "submissions", ceilings: undefined };
    expect(`\n${summarize([], frame).table}`).toMatchInlineSnapshot(`
      "
      kernel  launches    ms  share  MB  GB/s  GFLOP/s  of ceiling
      total          0  0.00
      an adapter: 12.3 ms in all, peak memory 3 MiB. Timed by the host's clock, one submission per launch, less an empty one's round trip.
      Ceilings: not measured. Run \`await measureCeilings(device)\` once before."
    `);
  });

  test("the Chrome trace: a complete event for each launch, in microseconds", () => {
    const { chromeTrace } = summarize(SAMPLES, FRAME);
    expect(JSON.parse(JSON.stringify(chromeTrace))).toEqual(chromeTrace);
    expect(chromeTrace.traceEvents.slice(0, 2)).toMatchInlineSnapshot(`
      [
        {
          "args": {
            "adapter": "an adapter",
            "bytes": 4000000,
            "flop": 80000000,
            "groups": "8 × 1 × 1",
          },
          "dur": 2000,
          "name": "matmul.tiled",
          "ph": "X",
          "pid": 1,
          "tid": 1,
          "ts": 0,
        },
        {
          "args": {
            "adapter": "an adapter",
            "bytes": 8000000,
            "groups": "8 × 1 × 1",
          },
          "dur": 1000,
          "name": "elementwise_binary: a + b",
          "ph": "X",
          "pid": 1,
          "tid": 1,
          "ts": 2500,
        },
      ]
    `);
  });
});

describe.each(clocks)("a profile by %s", (clock, where) => {
  test("counts launches, declared FLOP and bytes", async () => {
    using _scope = where().scope();
    const a = ones(where(), [32, 48]);
    const b = ones(where(), [48, 64]);
    const x = ones(where(), [2, 4, 8, 8]);
    const w = ones(where(), [6, 4, 3, 3]);
    const profile = await where().profile(() => {
      matmul(a, b);
      matmul(a, b);
      conv2d(x, w, { padding: 1 });
      add(x, x);
    });
    const row = (start: string) => profile.rows.find(({ label }) => label.startsWith(start));
    expect(profile.clock).toBe(clock);
    expect(row("matmul")).toMatchObject({ launches: 2, flop: 4 * 32 * 48 * 64 });
    expect(row("matmul")?.bytes).toBe(2 * 4 * (32 * 48 + 48 * 64 + 32 * 64));
    expect(row("conv2d")?.flop).toBe(2 * 2 * 6 * 64 * 4 * 9);
    expect(row("elementwise")).toMatchObject({ flop: undefined, gflops: undefined });
    // Both operands are one tensor: its bytes are counted once.
    expect(row("elementwise")?.bytes).toBe(2 * 4 * 512);
    expect(profile.rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(profile.totalMs).toBeGreaterThan(0);
    expect(profile.wallMs).toBeGreaterThan(0);
    expect(profile.peakBytes).toBe(where().stats.liveBytes);
    const times = profile.chromeTrace.traceEvents.map(({ ts }) => ts);
    expect(times.length).toBe(4);
    expect(times).toEqual([...times].sort((s, t) => s - t));
  });

  test("the function computes what it computes: writes, copies and reads stay in order", async () => {
    using _scope = where().scope();
    const x = tensor(where(), [1, 2]);
    const target = zeros(where(), [2]);
    let seen: number[][] = [];
    await where().profile(async () => {
      const doubled = mul(x, 2);
      copyInto(target, doubled);
      write(x, [10, 20]);
      const later = add(doubled, x);
      const reads = [later.data(), target.data()];
      write(x, [7, 7]);
      where().trim();
      seen = (await Promise.all(reads)).map((values) => [...values]);
    });
    expect(seen).toEqual([
      [12, 24],
      [2, 4],
    ]);
    expect([...(await mul(x, 2).data())]).toEqual([14, 14]);
  });

  test("a function that throws, or a profile in a profile, leaves the device as it was", async () => {
    using _scope = where().scope();
    const x = tensor(where(), [1]);
    const failing = where().profile(() => {
      add(x, x);
      throw new Error("stop");
    });
    await expect(failing).rejects.toThrow("stop");
    const nested = where().profile(() => where().profile(() => add(x, x)));
    await expect(nested).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DeviceError: profile: a profile is being taken already. Await it first.]`,
    );
    expect([...(await add(x, x).data())]).toEqual([2]);
    expect((await where().profile(() => add(x, x))).rows[0]?.launches).toBe(1);
  });
});

test("more launches than a query set holds", async () => {
  using _scope = device().scope();
  const x = tensor(device(), [1]);
  const profile = await device().profile(() => {
    for (let i = 0; i < 2100; i++) add(x, 1).dispose();
  });
  const events = profile.chromeTrace.traceEvents;
  expect(profile.rows[0]?.launches).toBe(2100);
  for (const [i, { ts, dur }] of events.entries()) {
    expect(dur, `launch ${i}`).toBeLessThan(profile.wallMs * 1000);
    if (i > 0) expect(ts, `launch ${i}`).toBeGreaterThan(events[i - 1]?.ts ?? 0);
  }
});

test("outside a profile, the plain commands run", () => {
  expect(Reflect.get(device(), "commands").constructor).toBe(Commands);
});

test("ceilings are measured once, and fractions follow", async () => {
  using _scope = device().scope();
  const measured = await measureCeilings(device());
  expect(measured.gflops).toBeGreaterThan(0);
  expect(measured.gbs).toBeGreaterThan(0);
  expect(await measureCeilings(device())).toBe(measured);
  const a = ones(device(), [64, 64]);
  const { rows, table } = await device().profile(() => matmul(a, a));
  expect(rows[0]?.fraction).toBeGreaterThan(0);
  expect(table).toContain(`Ceilings: ${measured.gflops.toFixed(1)} GFLOP/s`);
});

describe("what is about arithmetic declares it, forward and backward", () => {
  /** The operations of each launch whose shader has this name. */
  function declared(name: RegExp, run: () => void): (number | undefined)[] {
    const launches = vi.spyOn(device(), "launch");
    try {
      run();
      return launches.mock.calls
        .filter(([{ label }]) => name.test(label))
        .map(([{ flop }]) => flop);
    } finally {
      launches.mockRestore();
    }
  }
  const make = (...shape: number[]) => ones(device(), shape);

  test("matmul", () => {
    using _scope = device().scope();
    const flop = 2 * 4 * 5 * 6;
    const f = () => grad((a, b) => sum(matmul(a, b)))(make(4, 5), make(5, 6));
    expect(declared(/^matmul/, f)).toEqual([flop, flop, flop]);
  });

  test("conv2d", () => {
    using _scope = device().scope();
    const flop = 2 * 6 * 4 * 4 * 2 * 9;
    const f = () =>
      grad((x, w) => sum(conv2d(x, w, { padding: 1 })))(make(1, 2, 4, 4), make(6, 2, 3, 3));
    expect(declared(/^conv2d/, f)).toEqual([flop, flop, flop]);
  });

  test("attention with its weights in memory", () => {
    using _scope = device().scope();
    const flop = 2 * (2 * 2) * 3 * 5 * 4;
    const f = () =>
      grad((q, k, v) => sum(attention(q, k, v, { heads: 2 })))(
        make(2, 3, 8),
        make(2, 5, 8),
        make(2, 5, 8),
      );
    expect(declared(/^matmul/, f)).toEqual(Array(6).fill(flop));
  });
});
