/**
 * Batches that teach a text-image scorer what the words mean: some scenes at random, the others in
 * pairs that differ in a single attribute (or that swap two colours: "a red heart on a blue
 * background" and "a blue heart on a red background"), so that no shortcut tells them apart.
 *
 * A caption that happens to be true of another picture of the batch is no negative for it:
 *
 *     mask_ij = −1e9   where i ≠ j and caption j is true of picture i,   0 elsewhere
 *
 * Such entries are left out rather than made positives: a caption that names the style and one that
 * does not are both true of a picture, yet need not fit it equally well.
 */
import {
  type Atlas,
  COLOURS,
  COUNTS,
  caption,
  childSeed,
  isHeldOut,
  isVisiblePair,
  MAX_TOKENS,
  PLACES,
  Rng,
  renderSceneInto,
  SCENE_LENGTH,
  type Scene,
  STYLES,
  SUBJECTS,
  type Subject,
  sampleScene,
  tokenize,
} from "../data/index.js";
import type { TokenBatch } from "../models/text/text-encoder.js";

/** n pictures, and the n captions that they are told apart by. */
export interface ContrastBatch {
  /** [n, 3, 32, 32] in [−1, 1] */
  readonly images: Float32Array;
  readonly tokens: TokenBatch;
  readonly scenes: readonly Scene[];
}

/** Of ten scenes, how many come in pairs. */
const PAIRED = 0.7;

/** seed → n scenes of the training split; the pairs stand at the front. */
export function contrastScenes(seed: number, n: number): Scene[] {
  const scenes: Scene[] = [];
  const pairs = Math.floor((n * PAIRED) / 2);
  for (let k = 0; k < pairs; k++) scenes.push(...contrastPair(childSeed(seed, k)));
  while (scenes.length < n) scenes.push(sampleScene(childSeed(seed, scenes.length)));
  return scenes;
}

/** seed → two scenes of the training split that differ as said above. */
export function contrastPair(seed: number): readonly [Scene, Scene] {
  const rng = new Rng(seed);
  for (;;) {
    const scene = sampleScene(rng.next());
    const change = CHANGES[rng.weighted(WEIGHTS)]?.make(scene, rng);
    if (!change) continue;
    const [first, second] = change.map((part) => ({ ...scene, seed: rng.next(), ...part }));
    if (first && second && inTraining(first) && inTraining(second)) return [first, second];
  }
}

type Part = Partial<Scene>;
/** Scene → what its two variants change; undefined where the change makes no sense. */
type Change = (scene: Scene, rng: Rng) => readonly [Part, Part] | undefined;

function other<T>(rng: Rng, items: readonly T[], than: T): T {
  return rng.pick(items.filter((item) => item !== than));
}

/** Subjects that differ from this one in their colour alone. */
function siblings(subject: Subject): Subject[] {
  const [colour, noun] = subject.split(" ");
  return SUBJECTS.filter((s) => noun && s !== subject && s.endsWith(` ${noun}`) && colour);
}

const colourOf = (subject: Subject) => COLOURS.find((c) => subject.startsWith(`${c} `));

const changeSubject: Change = ({ subject }, rng) => {
  const near = siblings(subject);
  const among = near.length > 0 && rng.below(2) === 0 ? near : SUBJECTS;
  return [{}, { subject: other(rng, among, subject) }];
};

const swapColours: Change = ({ subject }, rng) => {
  const near = siblings(subject);
  if (near.length === 0) return undefined;
  const partner = rng.pick(near);
  const [mine, theirs] = [colourOf(subject), colourOf(partner)];
  if (!mine || !theirs) return undefined;
  return [{ background: theirs }, { subject: partner, background: mine }];
};

const changeStyle: Change = ({ style }, rng) => [
  { styleNamed: true },
  { styleNamed: true, style: other(rng, STYLES, style) },
];

const changePlace: Change = ({ count, place }, rng) =>
  count === 1 ? [{}, { place: other(rng, PLACES, place) }] : undefined;

const changeCount: Change = ({ count, place }, rng) =>
  place === "centre" ? [{}, { count: other(rng, COUNTS, count) }] : undefined;

const changeBackground: Change = ({ background }, rng) => [
  {},
  { background: other(rng, COLOURS, background) },
];

const CHANGES: readonly { readonly weight: number; readonly make: Change }[] = [
  { weight: 30, make: changeBackground },
  { weight: 30, make: changeSubject },
  { weight: 10, make: swapColours },
  { weight: 10, make: changeStyle },
  { weight: 12, make: changePlace },
  { weight: 8, make: changeCount },
];
const WEIGHTS = CHANGES.map((c) => c.weight);

function inTraining(scene: Scene): boolean {
  return isVisiblePair(scene.subject, scene.background) && !isHeldOut(scene);
}

/** Scenes → pictures and captions. */
export function contrastBatch(scenes: readonly Scene[], atlas: Atlas): ContrastBatch {
  const n = scenes.length;
  const images = new Float32Array(n * SCENE_LENGTH);
  const ids = new Uint32Array(n * MAX_TOKENS);
  for (const [i, scene] of scenes.entries()) {
    renderSceneInto(images.subarray(i * SCENE_LENGTH, (i + 1) * SCENE_LENGTH), scene, atlas);
    ids.set(tokenize(caption(scene)).ids, i * MAX_TOKENS);
  }
  return { images, tokens: { ids, n, length: MAX_TOKENS }, scenes };
}

/** Whether the caption of `said` is true of a picture of `shown`. */
export function isTrueOf(said: Scene, shown: Scene): boolean {
  return (
    said.subject === shown.subject &&
    said.background === shown.background &&
    said.place === shown.place &&
    said.count === shown.count &&
    (!said.styleNamed || said.style === shown.style)
  );
}

const LEFT_OUT = -1e9;

/** The mask above [n · n]: rows are pictures, columns captions. */
export function falseNegativeMask(scenes: readonly Scene[]): Float32Array {
  return Float32Array.from(
    scenes.flatMap((shown, i) =>
      scenes.map((said, j) => (i !== j && isTrueOf(said, shown) ? LEFT_OUT : 0)),
    ),
  );
}
