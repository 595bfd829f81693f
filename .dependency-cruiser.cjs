/**
 * The layers, as rules. A layer may import itself, the layers listed here, and what those may
 * import in turn; everything may import errors. Type-only imports count.
 */
const ARROWS = {
  errors: [],
  device: ["errors"],
  shaders: ["device"],
  tensor: ["device", "shaders"],
  autograd: ["tensor", "device"],
  ops: ["autograd", "tensor", "shaders"],
  nn: ["ops", "autograd", "tensor"],
  optim: ["ops", "autograd", "tensor"],
  models: ["nn", "ops", "tensor"],
  diffusion: ["models", "ops", "autograd", "tensor"],
  pipeline: ["diffusion", "models", "nn", "optim"],
  divergences: ["ops", "autograd", "tensor"],
  data: ["errors"],
  io: ["tensor", "nn", "data"],
  alignment: ["divergences", "pipeline", "diffusion", "models", "optim", "data"],
  preference: ["models", "optim", "io"],
  evaluation: ["models", "ops", "data"],
  lab: [
    ...["divergences", "diffusion", "nn", "optim", "tensor"],
    ...["alignment", "preference", "evaluation", "data"],
  ],
};
/** Of these a layer may use the types alone. */
const TYPES_ONLY = { diffusion: "models", io: "nn" };

const SRC = "^src/";
const NODE_FILES = `${SRC}(device|io)/node|${SRC}cli/|${SRC}node\\.ts$`;
const folder = (layers) => `${SRC}(${layers.join("|")})(/|\\.ts$)`;

function reachable(layer, seen = new Set([layer, "errors"])) {
  for (const next of ARROWS[layer]) {
    if (!seen.has(next)) reachable(next, seen.add(next));
  }
  return seen;
}

const layerRules = Object.keys(ARROWS).map((layer) => ({
  name: `layer-${layer}`,
  comment: `${layer} may import: ${[...reachable(layer)].join(", ")}.`,
  severity: "error",
  from: { path: folder([layer]) },
  to: { path: SRC, pathNot: folder([...reachable(layer)]) },
}));

const typesOnlyRules = Object.entries(TYPES_ONLY).map(([layer, other]) => ({
  name: `types-only-${layer}-${other}`,
  comment: `${layer} may import the types of ${other}, nothing else of it: use \`import type\`.`,
  severity: "error",
  from: { path: folder([layer]) },
  to: { path: folder([other]), dependencyTypesNot: ["type-only"] },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...typesOnlyRules,
    {
      name: "unknown-layer",
      comment: "This folder of src is no layer: add it to ARROWS in .dependency-cruiser.cjs.",
      severity: "error",
      from: {
        path: SRC,
        pathNot: `${folder(Object.keys(ARROWS))}|${SRC}(cli|web)/|^src/[^/]+\\.ts$`,
      },
      to: {},
    },
    {
      name: "no-cycle",
      comment: "Two files that import one another, even by type, are one file or need a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "node-builtins",
      comment:
        "`node:` imports stand in device/node*.ts, io/node*.ts and cli/: the rest runs in a browser.",
      severity: "error",
      from: { path: SRC, pathNot: NODE_FILES },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "node-files",
      comment: "Files for Node are imported by files for Node, so that all else runs in a browser.",
      severity: "error",
      from: { path: SRC, pathNot: NODE_FILES },
      to: { path: `${SRC}(device|io)/node` },
    },
    {
      name: "no-dev-dependency",
      comment: "A user of the package has no devDependencies: move it to dependencies.",
      severity: "error",
      from: { path: SRC },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "unresolved",
      comment: "This import leads to no file.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: require("node:path").join(__dirname, "tsconfig.json") },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
