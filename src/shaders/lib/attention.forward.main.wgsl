// The workgroup of lib/attention.forward.wgsl: blocks of keys one after the other, then y / l.
//: use lib/attention.forward.wgsl
@compute @workgroup_size(SUBGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tiles = (params.queries + ROWS - 1) / ROWS;
  let group = linear_group(wid, groups);
  let b = group / tiles / params.heads;
  if (b >= params.batch) { return; }
  let h = group / tiles % params.heads;
  let first = group % tiles * ROWS;
  first_row = first;
  row_size = params.heads * params.channels;
  q_base = b * params.queries * row_size + h * params.channels;
  mask_base = b * params.keys;
  let k_base = b * params.keys * row_size + h * params.channels;
  let end = select(params.keys, min(params.keys, first + ROWS), params.causal != 0);
  for (var r = lane; r < ROWS; r += SUBGROUP) {
    largest[r] = UNSEEN;
    total[r] = 0.0;
  }
  let here = min(ROWS, params.queries - first);
  scale_rows(false, here, lane);
  for (var start = 0u; start < end; start += BLOCK) {
    let count = min(BLOCK, end - start);
    for (var tile = 0u; tile < count; tile += WIDTH) {
      column = tile + places(lane);
      let at = k_base + min(start + column, vec4u(params.keys - 1)) * row_size;
      clear_sums();
      for (var c = 0u; c < params.channels; c++) {
        add_step(QUERIES, c, lane, vec4f(k[at.x + c], k[at.y + c], k[at.z + c], k[at.w + c]));
      }
      give_sums(SCORE);
    }
    workgroupBarrier();
    for (var r = lane; r < ROWS; r += SUBGROUP) {
      soften(r, start, count);
    }
    workgroupBarrier();
    for (var tile = 0u; tile < params.channels; tile += WIDTH) {
      column = tile + places(lane);
      var at = k_base + start * row_size + min(column, vec4u(params.channels - 1));
      load_sums();
      for (var j = 0u; j < count; j++) {
        add_step(WEIGHTS, j, lane, vec4f(v[at.x], v[at.y], v[at.z], v[at.w]));
        at += row_size;
      }
      give_sums(STORE);
    }
    workgroupBarrier();
  }
  for (var r = lane; r < ROWS; r += SUBGROUP) {
    let l = total[r];
    if (first_row + r < params.queries) {
      let i = 2 * ((b * params.queries + first_row + r) * params.heads + h);
      stats[i] = largest[r];
      stats[i + 1] = select(log(l), 0.0, l == 0.0);
    }
  }
  scale_rows(true, here, lane);
}
