/**
 * Survivors that are no mistakes: the mutant computes the same, or is never asked. By id, with the
 * reason.
 */
const LEAKY = "src/ops/unary.ts leakyRelu";
const SLOPE = 'mul(dy, typeof a === "number" ? Math.min(a, 0) : minimum(a, 0))';
const NUMBER =
  "Never asked: `leakyRelu` takes the slope as a number, which has no cotangent; a row needs both.";
const RATIO =
  "The same: dx = halves ⊙ dy / Σ halves (reduce.ts), from which a factor of halves drops out.";

export const EXPLAINED: Readonly<Record<string, string>> = {
  [`${LEAKY} sign: ${SLOPE} → negated(${SLOPE})`]: NUMBER,
  [`${LEAKY} factor: ${SLOPE} → doubled(${SLOPE})`]: NUMBER,
  [`${LEAKY} missing: ${SLOPE} → zeroed(${SLOPE})`]: NUMBER,
  [`${LEAKY} factor: ${SLOPE} → dy`]: NUMBER,
  "src/ops/max.ts max sign: isGreater(x, out) → negated(isGreater(x, out))": RATIO,
  "src/ops/max.ts max factor: isGreater(x, out) → doubled(isGreater(x, out))": RATIO,
  "src/ops/min.ts min sign: isGreater(out, x) → negated(isGreater(out, x))": RATIO,
  "src/ops/min.ts min factor: isGreater(out, x) → doubled(isGreater(out, x))": RATIO,
  "src/ops/layer-norm.ts layerNormGrad operand: sub(x, average(x)) → sub(average(x), x)":
    "The same: what is centred is squared, or stands twice in a product, and its sign drops out.",
  'src/autograd/jvp.ts jvp sign: track(zeros(device, out.shape, { label: "jvp" })) → negated(track(zeros(device, out.shape, { label: "jvp" })))':
    "The same: u is zero whatever its sign, and only its place on the tape is read.",
};
