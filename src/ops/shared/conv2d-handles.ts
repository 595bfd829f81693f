/**
 * The kernels of a 2-D convolution and of its two gradients, by variant, with the fields of their uniform
 * blocks. conv2d-kernels.ts launches them.
 */
import { kernel } from "../../shaders/kernel.js";

const FORWARD = {
  batch: "u32",
  groups: "u32",
  C: "u32",
  O: "u32",
  H: "i32",
  W: "i32",
  OH: "u32",
  OW: "u32",
  KH: "u32",
  KW: "u32",
  stride: "u32",
  has_bias: "u32",
  pad_y: "i32",
  pad_x: "i32",
  w_base: "i32",
  w_group: "i32",
  w_out: "i32",
  w_in: "i32",
  w_y: "i32",
  w_x: "i32",
  dilation: "i32",
} as const;

const INPUT_GRAD = {
  batch: "u32",
  groups: "u32",
  C: "u32",
  O: "u32",
  H: "u32",
  W: "u32",
  OH: "i32",
  OW: "i32",
  KH: "u32",
  KW: "u32",
  stride: "u32",
  pad: "u32",
  dilation: "u32",
  tap_step: "u32",
  dy_step: "i32",
} as const;

const WEIGHT_GRAD = {
  batch: "u32",
  groups: "u32",
  C: "u32",
  O: "u32",
  H: "i32",
  W: "i32",
  OH: "u32",
  OW: "u32",
  KH: "u32",
  KW: "u32",
  stride: "i32",
  images: "u32",
  pad_y: "i32",
  pad_x: "i32",
  dilation: "i32",
} as const;

export const forward = {
  naive: kernel("conv2d.naive", FORWARD),
  tiled: kernel("conv2d.tiled", FORWARD),
  subgroup: kernel("conv2d.subgroup", FORWARD),
  workgroup: kernel("conv2d.workgroup", FORWARD),
};
export const inputGrad = {
  naive: kernel("conv2d_input_grad.naive", INPUT_GRAD),
  tiled: kernel("conv2d_input_grad.tiled", INPUT_GRAD),
  subgroup: kernel("conv2d_input_grad.subgroup", INPUT_GRAD),
};
export const weightGrad = {
  naive: kernel("conv2d_weight_grad.naive", WEIGHT_GRAD),
  tiled: kernel("conv2d_weight_grad.tiled", WEIGHT_GRAD),
  subgroup: kernel("conv2d_weight_grad.subgroup", WEIGHT_GRAD),
  workgroup: kernel("conv2d_weight_grad.workgroup", WEIGHT_GRAD),
};
