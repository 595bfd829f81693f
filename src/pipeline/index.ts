/** Whole models: from a prompt to a picture, and the training of the teacher. */
export {
  type CaptionedBatch,
  type Losses,
  type TeacherOptions,
  TeacherTrainer,
} from "./teacher-trainer.js";
export { TextToImage, type TextToImageConfig } from "./text-to-image.js";
