/**
 * Classifier-free guidance (Ho & Salimans 2022), on denoisers (it is linear, so scores agree):
 *
 *     D̃ = D_c + α_cfg (D_c − D_∅),        g = 1 + α_cfg is diffusers' guidance_scale
 */
import type { Condition } from "../models/unet/index.js";
import { add, mul, sub } from "../ops/binary.js";
import type { Denoiser, Sigmas } from "./edm.js";

/**
 * The guided denoiser D̃ of the header, at twice the evaluations.
 * @param empty the empty condition ∅ of the batch; α_cfg = 0 leaves the denoiser alone.
 */
export function guided<S extends Sigmas>(
  denoiser: Denoiser<S>,
  empty: Condition,
  alpha_cfg: number,
): Denoiser<S> {
  if (alpha_cfg === 0) return denoiser;
  return (x, sigma, condition) => {
    const D_c = denoiser(x, sigma, condition);
    return add(D_c, mul(sub(D_c, denoiser(x, sigma, empty)), alpha_cfg));
  };
}
