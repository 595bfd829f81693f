/**
 * Rasterises three emoji sets to the committed atlases of data/.
 *
 *     data/<set>.png        32x32 RGBA, 40 columns    data/<set>.json      one caption per cell
 *     data/subjects.png     64x64 RGBA, 3 columns     data/subjects.json   subject x style
 *
 * Each picture is drawn at four times its cell, then averaged in blocks of 4x4 with premultiplied
 * alpha, so that no dark fringe appears at the edge of a shape. The subjects are kept at 64x64,
 * because the composer shrinks them once more to the size a scene asks for.
 *
 * Usage: npm ci && npm run build
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "..", "data");
const require = createRequire(import.meta.url);
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

const SETS = [
  { set: "fluent-emoji-flat", style: "flat" },
  { set: "noto", style: "shaded" },
  { set: "twemoji", style: "bold" },
];
const OVERSAMPLE = 4;
const CELL = 32;
const COLUMNS = 40;
const SUBJECT_CELL = 64;

/** Emoji groups of emojibase, by number; 2 (skin tones and hair) never stands alone. */
const GROUPS = [
  "smileys",
  "people",
  "component",
  "animals",
  "food",
  "travel",
  "activities",
  "objects",
  "symbols",
  "flags",
];
/** Gestures, weapons, smoking, alcohol, gore and the like: whole words of an icon's name. */
const UNSUITABLE_WORDS = new Set(
  `hand hands fist thumbs palm palms fingers finger index
   gun pistol bomb dagger swords knife axe cigarette smoking coffin headstone urn
   syringe blood skull poo vomiting nauseated beer wine cocktail drink sake tumbler cork
   clinking bikini briefs kiss bath pouting angry slot eighteen vampire zombie`.split(/\s+/),
);
const UNSUITABLE_NAMES = new Set(["bow-and-arrow", "love-hotel", "face-with-symbols-on-mouth"]);
/** Harmless, though one of their words is in the list. */
const SUITABLE_NAMES = new Set(
  `palm-tree card-index card-index-dividers fork-and-knife fork-and-knife-with-plate
   folding-hand-fan`.split(/\s+/),
);
const isPublic = (name) =>
  SUITABLE_NAMES.has(name) ||
  (!UNSUITABLE_NAMES.has(name) && !name.split("-").some((word) => UNSUITABLE_WORDS.has(word)));
const SKIN_TONE = /1f3f[b-f]/;

const emojibase = new Map(
  readJson(require.resolve("emojibase-data/en/data.json")).map((e) => [hex(e.hexcode), e]),
);

/**
 * A code point sequence without variation selectors, lower case: the key that joins the packages.
 */
function hex(code) {
  return code
    .toLowerCase()
    .split("-")
    .filter((c) => c !== "fe0f")
    .join("-");
}

function openSet(set) {
  const root = dirname(require.resolve(`@iconify-json/${set}/icons.json`));
  const byName = new Map();
  const toned = new Set();
  for (const [code, name] of Object.entries(readJson(join(root, "chars.json")))) {
    if (SKIN_TONE.test(code)) toned.add(name);
    const entry = emojibase.get(hex(code));
    if (entry && !byName.has(name)) byName.set(name, entry);
  }
  return {
    icons: readJson(join(root, "icons.json")),
    info: readJson(join(root, "info.json")),
    version: readJson(join(root, "package.json")).version,
    byName,
    toned,
  };
}

function svgOf(icons, name, side) {
  const icon = icons.icons[name];
  const [x, y] = [icon.left ?? 0, icon.top ?? 0];
  const [w, h] = [icon.width ?? icons.width ?? 16, icon.height ?? icons.height ?? 16];
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `width="${side}" height="${side}" viewBox="${x} ${y} ${w} ${h}">${icon.body}</svg>`,
  );
}

/** RGBA pixels of one icon, [cell, cell, 4]: drawn large, then a premultiplied box average. */
async function rasterise(icons, name, cell) {
  const side = cell * OVERSAMPLE;
  const { data, info } = await sharp(svgOf(icons, name, side))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== side || info.height !== side || info.channels !== 4) {
    throw new Error(`${name}: drawn as ${info.width}x${info.height}x${info.channels}, not ${side}`);
  }
  const pixels = new Uint8Array(cell * cell * 4);
  for (let y = 0; y < cell; y++) {
    for (let x = 0; x < cell; x++) averageBlock(data, side, x, y, pixels, (y * cell + x) * 4);
  }
  return pixels;
}

function averageBlock(data, side, x, y, pixels, o) {
  let [r, g, b, a] = [0, 0, 0, 0];
  for (let j = 0; j < OVERSAMPLE; j++) {
    for (let i = 0; i < OVERSAMPLE; i++) {
      const p = ((y * OVERSAMPLE + j) * side + x * OVERSAMPLE + i) * 4;
      r += data[p] * data[p + 3];
      g += data[p + 1] * data[p + 3];
      b += data[p + 2] * data[p + 3];
      a += data[p + 3];
    }
  }
  const alpha = Math.round(a / OVERSAMPLE ** 2);
  if (alpha === 0) return;
  pixels.set([Math.round(r / a), Math.round(g / a), Math.round(b / a), alpha], o);
}

function paste(sheet, sheetWidth, cell, pixels, column, row) {
  for (let y = 0; y < cell; y++) {
    const from = pixels.subarray(y * cell * 4, (y + 1) * cell * 4);
    sheet.set(from, ((row * cell + y) * sheetWidth + column * cell) * 4);
  }
}

async function writePng(path, sheet, width, height) {
  const png = sharp(sheet, { raw: { width, height, channels: 4 } });
  await png.png({ compressionLevel: 9, adaptiveFiltering: true, palette: false }).toFile(path);
}

/** One JSON line per cell keeps the diffs readable. */
function writeJson(path, head, cells) {
  const lines = cells.map((c) => `    ${JSON.stringify(c)}`).join(",\n");
  const top = JSON.stringify(head, null, 2).replace(/\n}$/, "");
  writeFileSync(path, `${top},\n  "cells": [\n${lines}\n  ]\n}\n`);
}

/** man / woman / person variants of one role share a base concept: split by it, never by cell. */
const baseConcept = (name) => name.replace(/^(man|woman|men|women|person|people)-(with-)?/, "");

function cellOf(name, entry) {
  const group = entry?.group === undefined ? undefined : GROUPS[entry.group];
  const words = name.replaceAll("-", " ");
  const tags = (entry?.tags ?? []).join(" ");
  return {
    name,
    caption: (entry?.label ?? words).toLowerCase(),
    base: baseConcept(name),
    ...(group ? { group } : {}),
    ...(tags ? { tags } : {}),
    public: isPublic(name),
  };
}

async function buildSet({ set, style }) {
  const { icons, info, version, byName, toned } = openSet(set);
  const names = Object.keys(icons.icons)
    .filter((n) => !icons.icons[n].hidden && !toned.has(n))
    .sort();
  const cells = [];
  const pictures = [];
  const seen = new Map();
  for (const name of names) {
    const pixels = await rasterise(icons, name, CELL);
    const digest = createHash("sha256").update(pixels).digest("hex");
    const twin = seen.get(digest);
    if (twin) {
      twin.also = [...(twin.also ?? []), name];
      continue;
    }
    const cell = cellOf(name, byName.get(name));
    seen.set(digest, cell);
    cells.push(cell);
    pictures.push(pixels);
  }
  const [width, height] = [COLUMNS * CELL, Math.ceil(cells.length / COLUMNS) * CELL];
  const sheet = new Uint8Array(width * height * 4);
  for (const [i, p] of pictures.entries()) {
    paste(sheet, width, CELL, p, i % COLUMNS, Math.floor(i / COLUMNS));
  }
  await writePng(join(out, `${set}.png`), sheet, width, height);
  const head = {
    set,
    style,
    version,
    licence: info.license.spdx,
    author: info.author.name,
    source: info.author.url,
    cell: CELL,
    columns: COLUMNS,
    count: cells.length,
  };
  writeJson(join(out, `${set}.json`), head, cells);
  const twins = cells.reduce((n, c) => n + (c.also?.length ?? 0), 0);
  const joined = cells.filter((c) => c.group).length;
  console.log(`${set}: ${cells.length} cells, ${twins} exact twins, ${joined} joined to emojibase`);
}

async function buildSubjects() {
  const subjects = readJson(join(here, "subjects.json"));
  const opened = SETS.map(({ set }) => openSet(set).icons);
  const [width, height] = [SETS.length * SUBJECT_CELL, subjects.length * SUBJECT_CELL];
  const sheet = new Uint8Array(width * height * 4);
  const cells = [];
  for (const [row, { subject, icon }] of subjects.entries()) {
    for (const [column, { set, style }] of SETS.entries()) {
      const pixels = await rasterise(opened[column], icon, SUBJECT_CELL);
      paste(sheet, width, SUBJECT_CELL, pixels, column, row);
      cells.push({ subject, style, set, icon });
    }
  }
  await writePng(join(out, "subjects.png"), sheet, width, height);
  const head = { cell: SUBJECT_CELL, columns: SETS.length, count: cells.length };
  writeJson(join(out, "subjects.json"), head, cells);
  console.log(`subjects: ${cells.length} cells`);
}

await buildSubjects();
for (const entry of SETS) await buildSet(entry);
