#!/usr/bin/env node
import { trainTeacher } from "./train-teacher.js";
import { TEACHER } from "./presets.js";
await trainTeacher(TEACHER, { out: process.argv[2] ?? "runs/teacher", saveEvery: 100, previewEvery: 200, adapter: "lavapipe" });
