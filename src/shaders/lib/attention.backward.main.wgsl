// The workgroup of lib/attention.backward.wgsl: blocks of columns one after the other.
//: use lib/attention.backward.wgsl
// The products of rows with the columns of a block; then `what` happens to them.
fn multiply(operand: u32, what: u32, base: u32, count: u32, lane: u32) {
  for (var tile = 0u; tile < count; tile += WIDTH) {
    column = tile + places(lane);
    let at = base + min(block + column, vec4u(columns - 1)) * row_size;
    clear_sums();
    for (var c = 0u; c < params.channels; c++) {
      let i = at + c;
      if (operand == ROW_X) {
        add_step(ROW_X, c, lane, vec4f(col_x[i.x], col_x[i.y], col_x[i.z], col_x[i.w]));
      } else {
        add_step(ROW_D, c, lane, vec4f(col_d[i.x], col_d[i.y], col_d[i.z], col_d[i.w]));
      }
    }
    give_sums(what);
  }
}

// out += P × columns of col_d, or dS × columns of col_x.
fn mix(operand: u32, base: u32, count: u32, lane: u32) {
  for (var tile = 0u; tile < params.channels; tile += WIDTH) {
    column = tile + places(lane);
    var i = base + block * row_size + min(column, vec4u(params.channels - 1));
    load_sums();
    for (var j = 0u; j < count; j++) {
      if (operand == SLOPES) {
        add_step(SLOPES, j, lane, vec4f(col_x[i.x], col_x[i.y], col_x[i.z], col_x[i.w]));
      } else {
        add_step(WEIGHTS, j, lane, vec4f(col_d[i.x], col_d[i.y], col_d[i.z], col_d[i.w]));
      }
      i += row_size;
    }
    give_sums(STORE);
  }
}

fn clear(lane: u32) {
  for (var r = 0u; r < min(ROWS, rows - first_row); r++) {
    let at = out_base + (first_row + r) * row_size;
    for (var c = lane; c < params.channels; c += SUBGROUP) {
      out[at + c] = 0.0;
    }
  }
}

@compute @workgroup_size(SUBGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // What steers the flow is kept apart from private variables, which count as different per lane.
  let by_keys = params.by_keys != 0;
  let causal = params.causal != 0;
  let down = select(params.queries, params.keys, by_keys);
  let across = select(params.keys, params.queries, by_keys);
  let tiles = (down + ROWS - 1) / ROWS;
  let group = linear_group(wid, groups);
  let b = group / tiles / params.heads;
  if (b >= params.batch) { return; }
  let first = group % tiles * ROWS;
  batch = b;
  head = group / tiles % params.heads;
  rows = down;
  columns = across;
  first_row = first;
  row_size = params.heads * params.channels;
  row_base = batch * rows * row_size + head * params.channels;
  let base = batch * columns * row_size + head * params.channels;
  let behind = row_base + params.batch * params.keys * row_size;
  out_base = row_base;
  clear(lane);
  if (by_keys) {
    out_base = behind;
    clear(lane);
  }
  // Causal: queries before the first key of these rows, and keys behind the last query, count for
  // nothing.
  let begin = select(0u, first, causal && by_keys);
  let end = select(across, min(across, first + ROWS), causal && !by_keys);
  for (var start = begin; start < end; start += BLOCK) {
    block = start;
    let count = min(BLOCK, end - start);
    multiply(ROW_X, INNER, base, count, lane);
    multiply(ROW_D, INNER_D, base, count, lane);
    workgroupBarrier();
    differentiate(count, lane);
    workgroupBarrier();
    if (by_keys) {
      out_base = behind;
      mix(WEIGHTS, base, count, lane);
      out_base = row_base;
    }
    mix(SLOPES, base, count, lane);
    workgroupBarrier();
  }
}
