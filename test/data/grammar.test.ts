import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { caption, parseCaption } from "../../src/data/grammar.js";
import { sampleScene } from "../../src/data/scene.js";
import { detokenize, MAX_TOKENS, tokenize, VOCABULARY } from "../../src/data/tokenizer.js";
import { COLOURS, COUNTS, PLACES, STYLES, SUBJECTS } from "../../src/data/words.js";

const scenes = fc.record({
  subject: fc.constantFrom(...SUBJECTS),
  style: fc.constantFrom(...STYLES),
  styleNamed: fc.boolean(),
  background: fc.constantFrom(...COLOURS),
  place: fc.constantFrom(...PLACES),
  count: fc.constantFrom(...COUNTS),
});

describe("caption", () => {
  it("writes plain English", () => {
    const heart = {
      subject: "red heart",
      style: "flat",
      styleNamed: false,
      background: "blue",
      place: "centre",
      count: 1,
    } as const;
    expect(caption(heart)).toBe("a red heart on a blue background");
    expect(caption({ ...heart, count: 2, styleNamed: true })).toBe(
      "two flat red hearts on a blue background",
    );
    expect(caption({ ...heart, subject: "umbrella", background: "orange", place: "left" })).toBe(
      "an umbrella on the left on an orange background",
    );
    expect(caption({ ...heart, subject: "snowman", count: 3, place: "top" })).toBe(
      "three snowmen at the top on a blue background",
    );
  });

  it("is read back by parseCaption, word for word", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { style, ...rest } = scene;
        const said = scene.styleNamed ? { ...rest, style } : rest;
        expect(parseCaption(caption(scene))).toEqual(said);
      }),
      { numRuns: 500 },
    );
  });
});

describe("parseCaption", () => {
  it("reads looser English", () => {
    expect(parseCaption("Red heart, on BLUE!")).toEqual({
      subject: "red heart",
      styleNamed: false,
      background: "blue",
      place: "centre",
      count: 1,
    });
  });

  it("leaves out what it cannot find", () => {
    expect(parseCaption("a constructor of toString")).toEqual({
      styleNamed: false,
      place: "centre",
      count: 1,
    });
  });
});

describe("tokenize", () => {
  it("knows every word of every caption, and loses none", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const text = caption(scene);
        const { ids, unknown, truncated } = tokenize(text);
        expect(ids).toHaveLength(MAX_TOKENS);
        expect(unknown).toEqual([]);
        expect(truncated).toEqual([]);
        expect(detokenize(ids)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("has a vocabulary without repeats, padding and unknown first", () => {
    expect(VOCABULARY.slice(0, 2)).toEqual(["<pad>", "<unk>"]);
    expect(new Set(VOCABULARY).size).toBe(VOCABULARY.length);
  });

  it("ignores case and punctuation", () => {
    expect(tokenize("A RED heart: on a blue background...").ids).toEqual(
      tokenize("a red heart on a blue background").ids,
    );
  });

  it("reports unknown words and truncation", () => {
    const { ids, unknown, truncated } = tokenize(`a red dragon ${"on ".repeat(MAX_TOKENS)}`);
    expect(ids[2]).toBe(1);
    expect(unknown).toEqual(["dragon"]);
    expect(truncated).toEqual(["on", "on", "on"]);
  });

  it("refuses a caption without words", () => {
    expect(() => tokenize(" ?! ")).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: tokenize: the caption " ?! " holds no word. Write one such as "a red heart on a blue background".]`,
    );
  });

  it("takes any text with a word in it", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { ids } = tokenize(`a ${text}`);
        expect(ids).toHaveLength(MAX_TOKENS);
        expect(ids.every((id) => id >= 0 && id < VOCABULARY.length)).toBe(true);
      }),
    );
  });
});

describe("the longest caption", () => {
  it("has a token to spare", () => {
    const lengths = Array.from({ length: 2000 }, (_, seed) =>
      caption(sampleScene(seed, { split: "all" })).split(" "),
    ).map((words) => words.length);
    expect(Math.max(...lengths)).toBeLessThan(MAX_TOKENS);
  });
});
