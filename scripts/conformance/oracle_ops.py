"""Every op of this engine in torch's words: inputs by position, options by name.

One table, and so one file: it is longer than the guide.
"""

import torch
import torch.nn.functional as F

TYPES = {"f32": torch.float64, "i32": torch.int64, "u32": torch.int64, "bool": torch.bool}


def as_tensor(a, b):
    """A number beside a tensor, as a tensor."""
    like = a if isinstance(a, torch.Tensor) else b
    return [x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=like.dtype) for x in (a, b)]


def both(f):
    return lambda a, b: f(*as_tensor(a, b))


def is_greater(a, b):
    """1 where a > b, ½ where a = b, 0 elsewhere."""
    return torch.heaviside((a - b).detach(), torch.tensor(0.5, dtype=torch.float64))


def cast(x, to):
    if to == "f16":
        return x.to(torch.float16).to(torch.float64)
    return x.to(TYPES[to])


def clamp(x, min=None, max=None):
    return torch.clamp(x, min, max)


def leaky_relu(x, slope=0.01):
    return F.leaky_relu(x, slope)


# Reductions. `axes` is a number, a list, or None for all of them.


def dims(x, axes):
    listed = range(x.dim()) if axes is None else [axes] if isinstance(axes, int) else axes
    return [axis % x.dim() for axis in listed]


def reduction(f):
    return lambda x, axes=None, keepDims=False: f(x, dims(x, axes), keepdim=keepDims)


def variance(x, axes=None, keepDims=False, correction=0):
    return torch.var(x, dims(x, axes), correction=correction, keepdim=keepDims)


def last(x, axes):
    """The axes side by side as the last one, and x with size 1 along them."""
    kept = [axis for axis in range(x.dim()) if axis not in axes]
    moved = x.permute(kept + sorted(axes))
    shape = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
    return moved.reshape([x.shape[axis] for axis in kept] + [-1]), shape


def over_last(f):
    def reduce(x, axes=None, keepDims=False):
        rows, shape = last(x, dims(x, axes))
        y = f(rows, -1)
        return y.reshape(shape) if keepDims else y

    return reduce


def log_softmax(x, axes=-1):
    chosen = dims(x, axes)
    if len(chosen) == 1:
        return F.log_softmax(x, chosen[0])
    return x - torch.logsumexp(x, chosen, keepdim=True)


def cumsum(x, axis, reverse=False):
    return torch.cumsum(x.flip(axis), axis).flip(axis) if reverse else torch.cumsum(x, axis)


# Shapes.


def slices(x, ranges):
    """Python's own rules say which indices a range has; torch has no negative steps."""
    for r in ranges:
        walk = slice(r.get("start"), r.get("end"), r.get("step"))
        at = range(*walk.indices(x.shape[r["axis"]]))
        x = torch.index_select(x, r["axis"], torch.tensor(list(at), dtype=torch.int64))
    return x


def pad(x, widths, value=0):
    ends = [(w, w) if isinstance(w, int) else tuple(w) for w in widths]
    return F.pad(x, [n for pair in reversed(ends) for n in pair], value=value)


def pad_axis(x, axis, before=0, after=0):
    behind = x.dim() - 1 - axis % x.dim()
    return F.pad(x, [0, 0] * behind + [before, after])


def squeeze(x, axes=None):
    return x.squeeze() if axes is None else x.squeeze(tuple(dims(x, axes)))


def unsqueeze(x, axes):
    listed = [axes] if isinstance(axes, int) else axes
    rank = x.dim() + len(listed)
    for axis in sorted(axis % rank for axis in listed):
        x = x.unsqueeze(axis)
    return x


def flip(x, axes=None):
    return torch.flip(x, dims(x, axes))


def sort(x, part, descending=False):
    found = torch.sort(x, dim=-1, descending=descending, stable=True)
    return getattr(found, part)


def top_k(x, k, part, largest=True):
    return getattr(torch.topk(x, k, dim=-1, largest=largest, sorted=True), part)


def scatter_add(src, index, axis, size):
    shape = list(src.shape)
    shape[axis] = size
    return torch.zeros(shape, dtype=src.dtype).scatter_add(axis, index, src)


def index_add(src, ids, axis, size):
    shape = list(src.shape)
    shape[axis] = size
    return torch.zeros(shape, dtype=src.dtype).index_add(axis, ids, src)


# Networks.


def matmul(a, b, transposeA=False, transposeB=False):
    return torch.matmul(a.mT if transposeA else a, b.mT if transposeB else b)


def attention(q, k, v, mask=None, heads=1, causal=False):
    def split(x):
        return x.unflatten(-1, (heads, -1)).transpose(1, 2)

    bias = None if mask is None else mask[:, None, None, :]
    if causal and bias is not None:
        t, s = q.shape[1], k.shape[1]
        future = torch.ones(t, s, dtype=torch.bool).triu(1)
        bias = bias.expand(-1, 1, t, s).masked_fill(future, float("-inf"))
        causal = False
    y = F.scaled_dot_product_attention(
        split(q), split(k), split(v), attn_mask=bias, is_causal=causal
    )
    return y.transpose(1, 2).flatten(-2)


def geglu(x):
    h, gate = x.chunk(2, -1)
    return h * F.gelu(gate)


def layer_norm(x, weight, bias, eps):
    return F.layer_norm(x, weight.shape, weight, bias, eps)


def rms_norm(x, weight=None, eps=None):
    return F.rms_norm(x, x.shape[-1:], weight, eps)


def group_norm(x, weight, bias, groups, eps):
    return F.group_norm(x, groups, weight, bias, eps)


def conv_transpose2d(x, w, bias=None, outputPadding=0, **options):
    return F.conv_transpose2d(x, w, bias, output_padding=outputPadding, **options)


def conv2d_input_grad(dy, w, shape, **options):
    return torch.nn.grad.conv2d_input(shape, w, dy, **options)


def conv2d_weight_grad(x, dy, shape, **options):
    return torch.nn.grad.conv2d_weight(x, shape, dy, **options)


def max_pool2d(x, size, stride=None, padding=0):
    return F.max_pool2d(x, size, stride, padding)


def nearest(x, size):
    return F.interpolate(x, size=size, mode="nearest")


def bilinear(x, size):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def embedding(weight, ids):
    return F.embedding(ids, weight)


OPS = {
    "abs": torch.abs,
    "add": both(torch.add),
    "argmax": over_last(torch.argmax),
    "argmin": over_last(torch.argmin),
    "argsort": lambda x, descending=False: sort(x, "indices", descending),
    "attention": attention,
    "avgPool2d": lambda x, size: F.avg_pool2d(x, size),
    "cast": cast,
    "ceil": torch.ceil,
    "chunk": lambda x, n, axis, part: torch.chunk(x, n, axis)[part],
    "clamp": clamp,
    "concat": lambda *xs, axis: torch.cat(xs, axis),
    "conv2d": lambda x, w, bias=None, **options: F.conv2d(x, w, bias, **options),
    "conv2dInputGrad": conv2d_input_grad,
    "conv2dWeightGrad": conv2d_weight_grad,
    "convTranspose2d": conv_transpose2d,
    "cos": torch.cos,
    "crossEntropy": lambda x, targets: F.cross_entropy(x, targets, reduction="none"),
    "cumsum": cumsum,
    "div": both(torch.div),
    "einsum": lambda *xs, equation: torch.einsum(equation, *xs),
    "embedding": embedding,
    "equal": both(torch.eq),
    "erf": torch.erf,
    "exp": torch.exp,
    "expand": lambda x, shape: x.expand(shape),
    "expm1": torch.expm1,
    "flip": flip,
    "floor": torch.floor,
    "gather": lambda x, index, axis: torch.gather(x, axis, index),
    "geglu": geglu,
    "gelu": F.gelu,
    "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
    "greater": both(torch.gt),
    "greaterEqual": both(torch.ge),
    "groupNorm": group_norm,
    "groupNormSilu": lambda *xs, **options: F.silu(group_norm(*xs, **options)),
    "indexAdd": index_add,
    "indexSelect": lambda x, ids, axis: torch.index_select(x, axis, ids),
    "isFinite": torch.isfinite,
    "isGreater": both(is_greater),
    "isNaN": torch.isnan,
    "layerNorm": layer_norm,
    "leakyRelu": leaky_relu,
    "less": both(torch.lt),
    "lessEqual": both(torch.le),
    "linear": F.linear,
    "log": torch.log,
    "log1p": torch.log1p,
    "logSoftmax": log_softmax,
    "logicalAnd": torch.logical_and,
    "logicalNot": torch.logical_not,
    "logicalOr": torch.logical_or,
    "logicalXor": torch.logical_xor,
    "logsumexp": reduction(torch.logsumexp),
    "matmul": matmul,
    "max": reduction(torch.amax),
    "maxPool2d": max_pool2d,
    "maximum": both(torch.maximum),
    "mean": reduction(torch.mean),
    "min": reduction(torch.amin),
    "minimum": both(torch.minimum),
    "mul": both(torch.mul),
    "neg": torch.neg,
    "notEqual": both(torch.ne),
    "oneHot": lambda ids, depth: F.one_hot(ids, depth).double(),
    "pad": pad,
    "padAxis": pad_axis,
    "permute": lambda x, axes: x.permute(axes),
    "pow": both(torch.pow),
    "prod": over_last(torch.prod),
    "reciprocal": torch.reciprocal,
    "relu": F.relu,
    "reshape": lambda x, shape: x.reshape(shape),
    "resizeBilinear2d": bilinear,
    "resizeNearest2d": nearest,
    "rmsNorm": rms_norm,
    "round": torch.round,
    "rsqrt": torch.rsqrt,
    "scatterAdd": scatter_add,
    "sigmoid": torch.sigmoid,
    "sign": torch.sign,
    "silu": F.silu,
    "sin": torch.sin,
    "slice": slices,
    "softmax": lambda x: F.softmax(x, -1),
    "softplus": lambda x: F.softplus(x, threshold=700),
    "sort": sort,
    "split": lambda x, sizes, axis, part: torch.split(x, sizes, axis)[part],
    "sqrt": torch.sqrt,
    "square": torch.square,
    "squeeze": squeeze,
    "stack": lambda *xs, axis=0: torch.stack(xs, axis),
    "sub": both(torch.sub),
    "sum": reduction(torch.sum),
    "sumSquares": lambda x: x.square().flatten(1).sum(1),
    "tanh": torch.tanh,
    "topK": top_k,
    "totalSumSquares": lambda x: x.square().sum(),
    "transpose": lambda x: x.mT,
    "unsqueeze": unsqueeze,
    "upsampleNearest2d": lambda x, scale=2: F.interpolate(x, scale_factor=scale, mode="nearest"),
    "variance": variance,
    "where": lambda cond, a, b: torch.where(cond, *as_tensor(a, b)),
    "xlogy": both(torch.xlogy),
}
