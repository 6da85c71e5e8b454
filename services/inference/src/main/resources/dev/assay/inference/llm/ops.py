class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]
  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x

  # --- what loading needs -------------------------------------------------------------------------------------------------------

  def cast(self: __torch__.Ops, x: Tensor, dtype: int) -> Tensor:
    return torch.to(x, dtype)
  # On the CPU, oneDNN's own layout of a matrix: two to three times faster than MKL's gemm for 2 to 64 rows, equal for 512.
  def pack(self: __torch__.Ops, weight: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(weight, None)
  def linear(self: __torch__.Ops, x: Tensor, weight: Tensor) -> Tensor:
    if ops.prim.is_mkldnn(weight):
      y = ops.mkldnn._linear_pointwise(x, weight, None, "none", annotate(List[Optional[number]], []), "")
    else:
      y = torch.linear(x, weight)
    return y
  def room(self: __torch__.Ops, like: Tensor, size: List[int]) -> Tensor:
    return torch.new_empty(like, size)

  # --- the block, shared by both ways of reading --------------------------------------------------------------------------------
  # weights = embedding, cosines, sines, output norm, head, and seven a block:
  # attention norm, query-key-value, its bias (empty: none), attention output, feed norm, gate-up, down
  # sizes = layers, heads, key-value heads, head size

  def norm(self: __torch__.Ops, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    f = torch.to(x, 6)
    scale = torch.rsqrt(torch.add(torch.mean(torch.mul(f, f), [-1], True), epsilon))
    return torch.mul(weight, torch.to(torch.mul(f, scale), ops.prim.dtype(x)))

  def project(self: __torch__.Ops, x: Tensor, weights: List[Tensor], at: int, cos: Tensor, sin: Tensor, sizes: List[int], epsilon: float) -> Tuple[Tensor, Tensor, Tensor]:
    heads = sizes[1]
    shared = sizes[2]
    dim = sizes[3]
    half = torch.floordiv(dim, 2)
    t = torch.size(x, 0)
    y = (self).linear((self).norm(x, weights[at], epsilon), weights[torch.add(at, 1)])
    bias = weights[torch.add(at, 2)]
    if torch.gt(torch.numel(bias), 0):
      y = torch.add_(y, bias)
    y3 = torch.view(y, [t, torch.add(heads, torch.mul(2, shared)), dim])
    turning = torch.narrow(y3, 1, 0, torch.add(heads, shared))
    a = torch.narrow(turning, 2, 0, half)
    b = torch.narrow(turning, 2, half, half)
    turned = torch.cat([torch.sub(torch.mul(a, cos), torch.mul(b, sin)), torch.add(torch.mul(b, cos), torch.mul(a, sin))], 2)
    query = torch.narrow(turned, 1, 0, heads)
    key = torch.narrow(turned, 1, heads, shared)
    value = torch.narrow(y3, 1, torch.add(heads, shared), shared)
    return (query, key, value)

  def finish(self: __torch__.Ops, x: Tensor, attended: Tensor, weights: List[Tensor], at: int, epsilon: float) -> Tensor:
    x1 = torch.add(x, (self).linear(attended, weights[torch.add(at, 3)]))
    h = (self).linear((self).norm(x1, weights[torch.add(at, 4)], epsilon), weights[torch.add(at, 5)])
    inner = torch.floordiv(torch.size(h, 1), 2)
    g = torch.mul_(torch.silu(torch.narrow(h, 1, 0, inner)), torch.narrow(h, 1, inner, inner))
    return torch.add(x1, (self).linear(g, weights[torch.add(at, 6)]))

  # --- a pass over a piece of a token tree --------------------------------------------------------------------------------------
  # ids, positions: [T]; mask: [T, start + T], 0 for ancestors and self, -inf elsewhere; rows: which of the T are wanted
  # keys, values: [layers, slots, key-value heads, head size]; slots [0, start) hold the ancestors of the piece's first node,
  # slots [start, start + T) take the piece. Returns the normed last hidden states of the wanted rows.

  def tree(self: __torch__.Ops, ids: Tensor, positions: Tensor, mask: Tensor, rows: Tensor, weights: List[Tensor], keys: Tensor, values: Tensor, start: int, sizes: List[int], epsilon: float) -> Tensor:
    layers = sizes[0]
    heads = sizes[1]
    shared = sizes[2]
    dim = sizes[3]
    group = torch.floordiv(heads, shared)
    t = torch.size(ids, 0)
    seen = torch.add(start, t)
    x = torch.embedding(weights[0], ids)
    cos = torch.unsqueeze(torch.index_select(weights[1], 0, positions), 1)
    sin = torch.unsqueeze(torch.index_select(weights[2], 0, positions), 1)
    mask1 = torch.to(mask, ops.prim.dtype(x))
    for l in range(layers):
      at = torch.add(5, torch.mul(7, l))
      query, key, value = (self).project(x, weights, at, cos, sin, sizes, epsilon)
      k = torch.select(keys, 0, l)
      v = torch.select(values, 0, l)
      _0 = torch.copy_(torch.narrow(k, 0, start, t), key)
      _1 = torch.copy_(torch.narrow(v, 0, start, t), value)
      q4 = torch.permute(torch.view(query, [t, shared, group, dim]), [1, 2, 0, 3])
      k4 = torch.expand(torch.unsqueeze(torch.permute(torch.narrow(k, 0, 0, seen), [1, 0, 2]), 1), [shared, group, seen, dim])
      v4 = torch.expand(torch.unsqueeze(torch.permute(torch.narrow(v, 0, 0, seen), [1, 0, 2]), 1), [shared, group, seen, dim])
      o = torch.scaled_dot_product_attention(q4, k4, v4, mask1, 0., False)
      attended = torch.reshape(torch.permute(o, [2, 0, 1, 3]), [t, torch.mul(heads, dim)])
      if torch.eq(l, torch.sub(layers, 1)):
        attended = torch.index_select(attended, 0, rows)
        x = torch.index_select(x, 0, rows)
      x = (self).finish(x, attended, weights, at, epsilon)
    return (self).norm(x, weights[3], epsilon)

  # --- keys and values: [layers, slots, key-value heads, head size] -------------------------------------------------------------

  # Copies slots source[i] to slots target[i]; all are read before the first is written.
  def copy_slots(self: __torch__.Ops, keys: Tensor, values: Tensor, source: Tensor, toKeys: Tensor, toValues: Tensor, target: Tensor) -> int:
    _0 = torch.index_copy_(toKeys, 1, target, torch.index_select(keys, 1, source))
    _1 = torch.index_copy_(toValues, 1, target, torch.index_select(values, 1, source))
    return torch.size(source, 0)

  def blank(self: __torch__.Ops, slots: Tensor) -> int:
    _0 = torch.zero_(slots)
    return torch.size(slots, 1)

  # --- generating: one token a row ----------------------------------------------------------------------------------------------
  # rowKeys, rowValues: row r has the slots [r * slots, (r + 1) * slots)
  # ids, positions, places: [B]; places = row * slots + position; mask: [B, 1, 1, length]. Returns float32 logits [B, vocabulary].
  def step(self: __torch__.Ops, ids: Tensor, positions: Tensor, places: Tensor, mask: Tensor, weights: List[Tensor], rowKeys: Tensor, rowValues: Tensor, slots: int, length: int, sizes: List[int], epsilon: float) -> Tensor:
    layers = sizes[0]
    heads = sizes[1]
    shared = sizes[2]
    dim = sizes[3]
    group = torch.floordiv(heads, shared)
    n = torch.size(ids, 0)
    x = torch.embedding(weights[0], ids)
    cos = torch.unsqueeze(torch.index_select(weights[1], 0, positions), 1)
    sin = torch.unsqueeze(torch.index_select(weights[2], 0, positions), 1)
    mask1 = torch.to(mask, ops.prim.dtype(x))
    for l in range(layers):
      at = torch.add(5, torch.mul(7, l))
      query, key, value = (self).project(x, weights, at, cos, sin, sizes, epsilon)
      k = torch.select(rowKeys, 0, l)
      v = torch.select(rowValues, 0, l)
      _0 = torch.index_copy_(k, 0, places, key)
      _1 = torch.index_copy_(v, 0, places, value)
      k4 = torch.view(torch.narrow(k, 0, 0, torch.mul(n, slots)), [n, slots, shared, dim])
      v4 = torch.view(torch.narrow(v, 0, 0, torch.mul(n, slots)), [n, slots, shared, dim])
      q4 = torch.reshape(query, [n, shared, group, dim])
      k5 = torch.permute(torch.narrow(k4, 1, 0, length), [0, 2, 1, 3])
      v5 = torch.permute(torch.narrow(v4, 1, 0, length), [0, 2, 1, 3])
      o = torch.scaled_dot_product_attention(q4, k5, v5, mask1, 0., False)
      attended = torch.reshape(o, [n, torch.mul(heads, dim)])
      x = (self).finish(x, attended, weights, at, epsilon)
    return (self).logits((self).norm(x, weights[3], epsilon), weights)

  # --- the distribution over the next token -------------------------------------------------------------------------------------

  def logits(self: __torch__.Ops, hidden: Tensor, weights: List[Tensor]) -> Tensor:
    return torch.to((self).linear(hidden, weights[4]), 6)

  # Log-probability of tokens[i] after hidden[rows[i]], float32.
  def score(self: __torch__.Ops, hidden: Tensor, rows: Tensor, tokens: Tensor, weights: List[Tensor]) -> Tensor:
    logits = (self).logits(hidden, weights)
    total = torch.logsumexp(logits, [1])
    at = torch.add(torch.mul(rows, torch.size(logits, 1)), tokens)
    picked = torch.index_select(torch.view(logits, [-1]), 0, at)
    return torch.sub(picked, torch.index_select(total, 0, rows))

  # A row each: the most probable token, its log-probability, the logarithm of the sum of the exponentials.
  def choose(self: __torch__.Ops, logits: Tensor) -> Tensor:
    best, token = torch.max(logits, 1)
    total = torch.logsumexp(logits, [1])
    return torch.stack([torch.to(token, 6), torch.sub(best, total), total], 1)
