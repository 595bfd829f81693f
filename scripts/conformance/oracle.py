"""Answers cases with torch, in float64 on the host: values, and gradients for a cotangent.

    python oracle.py --version
    python oracle.py cases.json answers.json

A case calls the function of its op's name with the tensors of its inputs and its options by name.
"""

import json
import sys

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from oracle_ops import OPS

DTYPES = {"i32": torch.int64, "u32": torch.int64, "bool": torch.bool}


def given(x):
    """An input of a case as a leaf: values of f32 are rounded to float32, then held in float64."""
    if isinstance(x, (int, float)):
        return x
    if x["dtype"] != "f32":
        return torch.tensor(x["values"], dtype=DTYPES[x["dtype"]]).reshape(x["shape"])
    return floats(x["values"]).reshape(x["shape"]).requires_grad_(not x.get("frozen", False))


def floats(values):
    return torch.tensor([float(v) for v in values], dtype=torch.float32).double()


def listed(t):
    """Values in row-major order; JSON has no word for those that are not finite."""
    values = t.detach().clone().reshape(-1).tolist()
    return [v if abs(v) < float("inf") else spelled(v) for v in map(numeric, values)]


def numeric(v):
    return int(v) if isinstance(v, bool) else v


def spelled(v):
    return "NaN" if v != v else ("Infinity" if v > 0 else "-Infinity")


def kind_of(t):
    return "bool" if t.dtype == torch.bool else "float" if t.is_floating_point() else "integer"


def answer(case):
    inputs = [given(x) for x in case["inputs"]]
    y = OPS[case["op"]](*inputs, **case["options"])
    leaves = [x for x in inputs if isinstance(x, torch.Tensor) and x.requires_grad]
    asked = "cotangent" in case
    first = gradients(y, leaves, floats(case["cotangent"]).reshape(y.shape)) if asked else []
    found = {"kind": kind_of(y), "shape": list(y.shape), "value": listed(y)}
    found["gradients"] = for_inputs(inputs, leaves, first)
    if "directions" in case:
        along = [floats(u) for u in case["directions"] if u is not None]
        slope = sum((g.reshape(-1) * u).sum() for g, u in zip(first, along))
        found["second"] = for_inputs(inputs, leaves, gradients(slope, leaves, None))
    return found


def for_inputs(inputs, leaves, found):
    by_leaf = {id(leaf): listed(g) for leaf, g in zip(leaves, found)}
    return [by_leaf.get(id(x)) for x in inputs]


def gradients(y, leaves, dy):
    """Differentiable themselves. The gradient of what does not depend on a leaf is zero."""
    zeros = [torch.zeros_like(x) for x in leaves]
    if not y.requires_grad:
        return zeros
    found = torch.autograd.grad(y, leaves, dy, create_graph=True, allow_unused=True)
    return [zero if g is None else g for zero, g in zip(zeros, found)]


def noted(case):
    try:
        return answer(case)
    except Exception as error:
        print(f"in the case {case['op']} ({case['form']}): {case['options']}", file=sys.stderr)
        raise error


def main():
    if sys.argv[1] == "--version":
        print(torch.__version__)
        return
    torch.set_num_threads(1)
    with open(sys.argv[1], encoding="utf8") as file:
        cases = json.load(file)
    # Of the ways that torch has to attend, this one has second derivatives.
    with sdpa_kernel(SDPBackend.MATH):
        answers = [noted(case) for case in cases]
    with open(sys.argv[2], "w", encoding="utf8") as file:
        json.dump(answers, file, allow_nan=False)


main()
