/** Default configurations: the model in this repository, and how each of its stages was trained. */
import { MAX_TOKENS, VOCABULARY } from "../data/index.js";
import type { TextToImageConfig } from "../pipeline/text-to-image.js";

/**
 * 32 × 32 pictures as 8 × 8 × 19, two resolutions, attention at 4 × 4. Of the shapes tried at equal
 * time this one learned fastest (docs/decisions/004-block-dct.md).
 */
export const EMOJI_32: TextToImageConfig = {
  unet: {
    sample_size: 8,
    in_channels: 19,
    out_channels: 19,
    block_out_channels: [64, 80],
    down_block_types: ["DownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "UpBlock2D"],
    layers_per_block: 1,
    transformer_layers_per_block: [1, 1],
    attention_head_dim: [2, 2],
    cross_attention_dim: 64,
    norm_num_groups: 8,
    norm_eps: 1e-5,
    flip_sin_to_cos: true,
    freq_shift: 0,
    class_embed_type: "projection",
    projection_class_embeddings_input_dim: 64,
  },
  text_encoder: {
    vocab_size: VOCABULARY.length,
    hidden_size: 64,
    intermediate_size: 256,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: MAX_TOKENS,
  },
  block: 4,
  diagonals: [4, 3, 2],
  // Measured over 2,000 training scenes: 0.643.
  sigma_data: 0.64,
  sigma_min: 0.02,
  sigma_max: 40,
  sigma_init: 2.5,
};

/** Common to all stages. */
export interface StageConfig {
  readonly stage: string;
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly lr: number;
}

export interface TeacherConfig extends StageConfig {
  readonly model: TextToImageConfig;
  readonly warmup: number;
  /** Steps over which the learning rate falls; `steps` may stop earlier, and be raised later. */
  readonly decay: number;
  readonly ema: number;
  readonly P_mean: number;
  readonly P_std: number;
  /** Probability with which a caption is dropped. */
  readonly dropout: number;
}

export const TEACHER: TeacherConfig = {
  stage: "teacher",
  seed: 1,
  steps: 8000,
  batch: 32,
  lr: 1.5e-3,
  warmup: 50,
  decay: 8000,
  ema: 0.999,
  P_mean: 0.3,
  P_std: 1.2,
  dropout: 0.1,
  model: EMOJI_32,
};

export interface DistillConfig extends StageConfig {
  /** Files, or names of models in the repository: reference diffusion, start, reward. */
  readonly teacher: string;
  readonly from: string;
  readonly reward: string;
  readonly divergence: string;
  /** "c=0.1,p=1.5": options of the divergence, by name. */
  readonly divergence_option: string;
  /** Pseudo-Huber's c, per element: c = c_per_element · √D, on x₀-predictions. */
  readonly c_per_element: number;
  /** SiD's α. */
  readonly alpha: number;
  readonly weighting: string;
  readonly time_distribution: string;
  readonly guidance: "in" | "out";
  readonly alpha_cfg: number;
  readonly alpha_rew: number;
  /** The reward tilts the reference, and is no term of the loss. */
  readonly tilt: boolean;
  /** Assistant steps for each generator step, and before the first. */
  readonly K_TA: number;
  readonly warmup: number;
  readonly lr_psi: number;
  readonly ema: number;
  readonly P_mean: number;
  readonly P_std: number;
  /** Noise levels of the generator's loss. */
  readonly sigma_low: number;
  readonly sigma_high: number;
}

export const ONE_STEP: DistillConfig = {
  stage: "one-step",
  teacher: "teacher",
  from: "teacher",
  reward: "reward",
  seed: 2,
  steps: 400,
  batch: 32,
  lr: 2e-4,
  lr_psi: 3e-4,
  divergence: "pseudo-huber",
  divergence_option: "",
  c_per_element: 1e-3,
  alpha: 1,
  weighting: "x0",
  time_distribution: "log-uniform",
  guidance: "in",
  alpha_cfg: 1,
  alpha_rew: 0,
  tilt: false,
  K_TA: 1,
  warmup: 20,
  ema: 0.98,
  P_mean: 0,
  P_std: 1.2,
  sigma_low: 0.15,
  sigma_high: 5,
};

export const ALIGN: DistillConfig = {
  ...ONE_STEP,
  stage: "align",
  from: "one-step",
  seed: 3,
  steps: 150,
  lr: 1e-4,
  alpha_rew: 0.1,
};

/** The reward sees training combinations only; see preference/reward-trainer.ts for the rest. */
export const REWARD: StageConfig = { stage: "reward", seed: 4, steps: 400, batch: 64, lr: 2e-3 };

export const REPORT_SCORER: StageConfig = {
  stage: "report-scorer",
  seed: 5,
  steps: 2000,
  batch: 64,
  lr: 2e-3,
};
