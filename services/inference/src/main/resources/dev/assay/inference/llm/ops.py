class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]
  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x

  # --- what loading needs -------------------------------------------------------------------------------------------------------

  # On the CPU, oneDNN's own layout of a matrix: two to three times faster than MKL's gemm for 2 to 64 rows, equal for 512.
  def pack(self: __torch__.Ops, weight: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(weight, None)
  # Room for keys or values, in the model's precision; its content is undefined.
  def room(self: __torch__.Ops, like: Tensor, size: List[int]) -> Tensor:
    return torch.new_empty(like, size)
  def empty(self: __torch__.Ops, like: Tensor, size: List[int], dtype: int) -> Tensor:
    return torch.new_empty(like, size, dtype=dtype)
  # Rows [from, from + n) of the target, in the target's precision.
  def fill(self: __torch__.Ops, target: Tensor, rows: Tensor, start: int) -> int:
    n = torch.size(rows, 0)
    _0 = torch.copy_(torch.narrow(target, 0, start, n), rows)
    return n
  def embed(self: __torch__.Ops, ids: Tensor, table: Tensor, scale: float) -> Tensor:
    x = torch.embedding(table, ids)
    if torch.ne(scale, 1.):
      x = torch.mul(x, scale)
    return x
  # The first numbers of a file, mapped into memory; and a matrix that lies among them.
  def map(self: __torch__.Ops, path: str, numbers: int, dtype: int) -> Tensor:
    return torch.from_file(path, False, numbers, dtype=dtype)
  def matrix(self: __torch__.Ops, mapped: Tensor, start: int, size: List[int], like: Tensor) -> Tensor:
    rows = torch.view(torch.narrow(mapped, 0, start, torch.mul(size[0], size[1])), size)
    return torch.to(rows, ops.prim.device(like), ops.prim.dtype(rows), False, False)

  # --- the block, shared by both ways of reading --------------------------------------------------------------------------------
  # An empty tensor stands for one that the model has not. Norms are float32, all else is in the precision of the model.
  # weights = output norm, its bias, head, the rotary frequencies of each kind of attention, and 19 a block:
  #   0 attention norm   1 its bias   2 query   3 key   4 value   5 their bias   6 query norm   7 key norm   8 attention output   9 its bias
  #   10 norm of what attention adds   11 feed norm   12 its bias   13 gate   14 up   15 their bias   16 down   17 its bias
  #   18 norm of what the feed-forward network adds
  #   Key and value may stand under the query in one matrix, and up under the gate; without a gate, 13 is up alone.
  # sizes = layers, heads, key-value heads, head size, norm (0 RMS, 1 layer), activation (0 SiLU, 1 GELU, 2 GELU by tanh), gated, parallel,
  #   kinds of attention, the window of each (0: all), the kind of each layer
  # scalars = epsilon of the norms, scale of attention, the amplitude of each kind's rotary embedding

  def linear(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    b = annotate(Optional[Tensor], None)
    if torch.gt(torch.numel(bias), 0):
      b = bias
    if ops.prim.is_mkldnn(weight):
      y = ops.mkldnn._linear_pointwise(x, weight, b, "none", annotate(List[Optional[number]], []), "")
    else:
      y = torch.linear(x, weight, b)
    return y

  def norm(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor, sizes: List[int], scalars: List[float]) -> Tensor:
    f = torch.to(x, 6)
    if torch.eq(sizes[4], 1):
      y = torch.layer_norm(f, [torch.size(f, -1)], weight, bias, scalars[0])
    else:
      scale = torch.rsqrt(torch.add(torch.mean(torch.mul(f, f), [-1], True), scalars[0]))
      y = torch.mul(torch.mul(f, scale), weight)
    return torch.to(y, ops.prim.dtype(x))

  # The sines and cosines of each kind, [T, 1, turned dimensions / 2] each; cosines first.
  def angles(self: __torch__.Ops, positions: Tensor, like: Tensor, weights: List[Tensor], sizes: List[int], scalars: List[float]) -> List[Tensor]:
    result = annotate(List[Tensor], [])
    for kind in range(sizes[8]):
      angle = torch.unsqueeze(torch.mul(torch.unsqueeze(torch.to(positions, 6), 1), weights[torch.add(3, kind)]), 1)
      amplitude = scalars[torch.add(2, kind)]
      _0 = torch.append(result, torch.to(torch.mul(torch.cos(angle), amplitude), ops.prim.dtype(like)))
      _1 = torch.append(result, torch.to(torch.mul(torch.sin(angle), amplitude), ops.prim.dtype(like)))
    return result

  # The mask of each kind of attention: that of all kinds, less what lies outside the kind's window.
  # distance: how far each slot lies before each token, in the mask's shape
  def masks(self: __torch__.Ops, mask: Tensor, distance: Tensor, like: Tensor, sizes: List[int]) -> List[Tensor]:
    whole = torch.to(mask, ops.prim.dtype(like))
    result = annotate(List[Tensor], [])
    for kind in range(sizes[8]):
      window = sizes[torch.add(9, kind)]
      if torch.gt(window, 0):
        one = torch.masked_fill(whole, torch.ge(distance, window), -inf)
      else:
        one = whole
      _0 = torch.append(result, one)
    return result

  # Turns the first dimensions of each head, as many as there are angles for.
  def turn(self: __torch__.Ops, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = torch.size(cos, -1)
    turned = torch.mul(half, 2)
    dim = torch.size(x, 2)
    a = torch.narrow(x, 2, 0, half)
    b = torch.narrow(x, 2, half, half)
    c = torch.sub(torch.mul(a, cos), torch.mul(b, sin))
    d = torch.add(torch.mul(b, cos), torch.mul(a, sin))
    if torch.lt(turned, dim):
      y = torch.cat([c, d, torch.narrow(x, 2, turned, torch.sub(dim, turned))], 2)
    else:
      y = torch.cat([c, d], 2)
    return y

  # Adds to y, what a projection makes of x, what the adapters make of it, each for its own rows.
  # adapters = 10 an adapter: which rows it has, which of the rows that are wanted in the end, and A and B of the projections into attention,
  #   out of it, into the feed-forward network, out of it: [layers, rank, in] and [layers, out, rank], empty where nothing is added
  # which: the projection; wanted: 1 when x has the wanted rows only, else 0
  def adapt(self: __torch__.Ops, y: Tensor, x: Tensor, adapters: List[Tensor], l: int, which: int, wanted: int) -> Tensor:
    for g in range(torch.floordiv(torch.len(adapters), 10)):
      first = torch.mul(10, g)
      rows = adapters[torch.add(first, wanted)]
      at = torch.add(torch.add(first, 2), torch.mul(2, which))
      if torch.gt(torch.mul(torch.numel(adapters[at]), torch.numel(rows)), 0):
        down = torch.select(adapters[at], 0, l)
        up = torch.select(adapters[torch.add(at, 1)], 0, l)
        if torch.eq(torch.numel(rows), torch.size(x, 0)):
          _0 = torch.add_(y, torch.linear(torch.linear(x, down, None), up, None))
        else:
          _1 = torch.index_add_(y, 0, rows, torch.linear(torch.linear(torch.index_select(x, 0, rows), down, None), up, None))
    return y

  def project(self: __torch__.Ops, x: Tensor, weights: List[Tensor], at: int, cos: Tensor, sin: Tensor, sizes: List[int], scalars: List[float], adapters: List[Tensor], l: int) -> Tuple[Tensor, Tensor, Tensor]:
    heads = sizes[1]
    shared = sizes[2]
    dim = sizes[3]
    t = torch.size(x, 0)
    n = (self).norm(x, weights[at], weights[torch.add(at, 1)], sizes, scalars)
    bias = weights[torch.add(at, 5)]
    key0 = weights[torch.add(at, 3)]
    if torch.gt(torch.numel(key0), 0):
      none = torch.narrow(bias, 0, 0, 0)
      y = torch.cat([(self).linear(n, weights[torch.add(at, 2)], none), (self).linear(n, key0, none), (self).linear(n, weights[torch.add(at, 4)], none)], 1)
      if torch.gt(torch.numel(bias), 0):
        y = torch.add_(y, bias)
    else:
      y = (self).linear(n, weights[torch.add(at, 2)], bias)
    y = (self).adapt(y, n, adapters, l, 0, 0)
    y3 = torch.view(y, [t, torch.add(heads, torch.mul(2, shared)), dim])
    turning = torch.narrow(y3, 1, 0, torch.add(heads, shared))
    scale = weights[torch.add(at, 6)]
    if torch.gt(torch.numel(scale), 0):
      q = (self).norm(torch.narrow(y3, 1, 0, heads), scale, weights[torch.add(at, 1)], sizes, scalars)
      k = (self).norm(torch.narrow(y3, 1, heads, shared), weights[torch.add(at, 7)], weights[torch.add(at, 1)], sizes, scalars)
      turning = torch.cat([q, k], 1)
    turned = (self).turn(turning, cos, sin)
    query = torch.narrow(turned, 1, 0, heads)
    key = torch.narrow(turned, 1, heads, shared)
    value = torch.narrow(y3, 1, torch.add(heads, shared), shared)
    return (query, key, value)

  def activate(self: __torch__.Ops, x: Tensor, activation: int) -> Tensor:
    if torch.eq(activation, 0):
      y = torch.silu(x)
    else:
      if torch.eq(activation, 1):
        y = torch.gelu(x)
      else:
        y = torch.gelu(x, approximate="tanh")
    return y

  def feed(self: __torch__.Ops, x: Tensor, weights: List[Tensor], at: int, sizes: List[int], scalars: List[float], adapters: List[Tensor], l: int, wanted: int) -> Tensor:
    n = (self).norm(x, weights[torch.add(at, 11)], weights[torch.add(at, 12)], sizes, scalars)
    bias = weights[torch.add(at, 15)]
    up = weights[torch.add(at, 14)]
    if torch.eq(sizes[6], 0):
      h = (self).adapt((self).linear(n, weights[torch.add(at, 13)], bias), n, adapters, l, 2, wanted)
      g = (self).activate(h, sizes[5])
    else:
      if torch.gt(torch.numel(up), 0):
        none = torch.narrow(bias, 0, 0, 0)
        h = torch.cat([(self).linear(n, weights[torch.add(at, 13)], none), (self).linear(n, up, none)], 1)
        if torch.gt(torch.numel(bias), 0):
          h = torch.add_(h, bias)
      else:
        h = (self).linear(n, weights[torch.add(at, 13)], bias)
      h = (self).adapt(h, n, adapters, l, 2, wanted)
      inner = torch.floordiv(torch.size(h, 1), 2)
      g = torch.mul_((self).activate(torch.narrow(h, 1, 0, inner), sizes[5]), torch.narrow(h, 1, inner, inner))
    return (self).adapt((self).linear(g, weights[torch.add(at, 16)], weights[torch.add(at, 17)]), g, adapters, l, 3, wanted)

  # What a block adds, normed where the model norms it.
  def addition(self: __torch__.Ops, x: Tensor, scale: Tensor, bias: Tensor, sizes: List[int], scalars: List[float]) -> Tensor:
    y = x
    if torch.gt(torch.numel(scale), 0):
      y = (self).norm(x, scale, bias, sizes, scalars)
    return y

  def finish(self: __torch__.Ops, x: Tensor, attended: Tensor, weights: List[Tensor], at: int, sizes: List[int], scalars: List[float], adapters: List[Tensor], l: int, wanted: int) -> Tensor:
    none = weights[torch.add(at, 1)]
    a = (self).adapt((self).linear(attended, weights[torch.add(at, 8)], weights[torch.add(at, 9)]), attended, adapters, l, 1, wanted)
    x1 = torch.add(x, (self).addition(a, weights[torch.add(at, 10)], none, sizes, scalars))
    if torch.eq(sizes[7], 1):
      f = (self).feed(x, weights, at, sizes, scalars, adapters, l, wanted)
    else:
      f = (self).feed(x1, weights, at, sizes, scalars, adapters, l, wanted)
    return torch.add(x1, (self).addition(f, weights[torch.add(at, 18)], none, sizes, scalars))

  # --- a pass over a piece of a token tree --------------------------------------------------------------------------------------
  # embedded: [T, hidden]; positions: [T]; mask: [T, start + T], 0 for ancestors and self, -inf elsewhere; rows: which of the T are wanted
  # keys, values: [layers, slots, key-value heads, head size]; slots [0, start) hold the ancestors of the piece's first node,
  # slots [start, start + T) take the piece. Returns the normed last hidden states of the wanted rows.

  def tree(self: __torch__.Ops, embedded: Tensor, positions: Tensor, mask: Tensor, rows: Tensor, weights: List[Tensor], keys: Tensor, values: Tensor, start: int, sizes: List[int], scalars: List[float], adapters: List[Tensor]) -> Tensor:
    layers = sizes[0]
    heads = sizes[1]
    shared = sizes[2]
    dim = sizes[3]
    kinds = sizes[8]
    group = torch.floordiv(heads, shared)
    t = torch.size(embedded, 0)
    seen = torch.add(start, t)
    x = embedded
    turns = (self).angles(positions, x, weights, sizes, scalars)
    before = torch.cat([torch.sub(torch.cumsum(torch.new_ones(positions, [start]), 0), 1), positions], 0)
    distance = torch.sub(torch.unsqueeze(positions, 1), torch.unsqueeze(before, 0))
    masks = (self).masks(mask, distance, x, sizes)
    for l in range(layers):
      at = torch.add(torch.add(3, kinds), torch.mul(19, l))
      kind = sizes[torch.add(torch.add(9, kinds), l)]
      query, key, value = (self).project(x, weights, at, turns[torch.mul(2, kind)], turns[torch.add(torch.mul(2, kind), 1)], sizes, scalars, adapters, l)
      k = torch.select(keys, 0, l)
      v = torch.select(values, 0, l)
      _0 = torch.copy_(torch.narrow(k, 0, start, t), key)
      _1 = torch.copy_(torch.narrow(v, 0, start, t), value)
      q4 = torch.permute(torch.view(query, [t, shared, group, dim]), [1, 2, 0, 3])
      k4 = torch.expand(torch.unsqueeze(torch.permute(torch.narrow(k, 0, 0, seen), [1, 0, 2]), 1), [shared, group, seen, dim])
      v4 = torch.expand(torch.unsqueeze(torch.permute(torch.narrow(v, 0, 0, seen), [1, 0, 2]), 1), [shared, group, seen, dim])
      o = torch.scaled_dot_product_attention(q4, k4, v4, masks[kind], 0., False, scale=scalars[1])
      attended = torch.reshape(torch.permute(o, [2, 0, 1, 3]), [t, torch.mul(heads, dim)])
      wanted = 0
      if torch.eq(l, torch.sub(layers, 1)):
        wanted = 1
        attended = torch.index_select(attended, 0, rows)
        x = torch.index_select(x, 0, rows)
      x = (self).finish(x, attended, weights, at, sizes, scalars, adapters, l, wanted)
    return (self).norm(x, weights[0], weights[1], sizes, scalars)

  # --- keys and values: [layers, slots, key-value heads, head size] -------------------------------------------------------------

  # Copies slots source[i] to slots target[i]; all are read before the first is written.
  def copy_slots(self: __torch__.Ops, keys: Tensor, values: Tensor, source: Tensor, toKeys: Tensor, toValues: Tensor, target: Tensor) -> int:
    _0 = torch.index_copy_(toKeys, 1, target, torch.index_select(keys, 1, source))
    _1 = torch.index_copy_(toValues, 1, target, torch.index_select(values, 1, source))
    return torch.size(source, 0)

  # Fills slots [start, start + count) with zeros.
  def blank(self: __torch__.Ops, slots: Tensor, start: int, count: int) -> int:
    _0 = torch.zero_(torch.narrow(slots, 1, start, count))
    return count

  # --- generating: one token a row ----------------------------------------------------------------------------------------------
  # rowKeys, rowValues: row r has the slots [r * slots, (r + 1) * slots)
  # embedded: [B, hidden]; positions, places: [B]; places = row * slots + position; mask: [B, 1, 1, length]. Returns float32 logits [B, vocabulary].
  def step(self: __torch__.Ops, embedded: Tensor, positions: Tensor, places: Tensor, mask: Tensor, weights: List[Tensor], rowKeys: Tensor, rowValues: Tensor, slots: int, length: int, sizes: List[int], scalars: List[float], adapters: List[Tensor]) -> Tensor:
    layers = sizes[0]
    heads = sizes[1]
    shared = sizes[2]
    dim = sizes[3]
    kinds = sizes[8]
    group = torch.floordiv(heads, shared)
    n = torch.size(embedded, 0)
    x = embedded
    turns = (self).angles(positions, x, weights, sizes, scalars)
    columns = torch.sub(torch.cumsum(torch.new_ones(positions, [length]), 0), 1)
    distance = torch.sub(torch.view(positions, [n, 1, 1, 1]), columns)
    masks = (self).masks(mask, distance, x, sizes)
    for l in range(layers):
      at = torch.add(torch.add(3, kinds), torch.mul(19, l))
      kind = sizes[torch.add(torch.add(9, kinds), l)]
      query, key, value = (self).project(x, weights, at, turns[torch.mul(2, kind)], turns[torch.add(torch.mul(2, kind), 1)], sizes, scalars, adapters, l)
      k = torch.select(rowKeys, 0, l)
      v = torch.select(rowValues, 0, l)
      _0 = torch.index_copy_(k, 0, places, key)
      _1 = torch.index_copy_(v, 0, places, value)
      k4 = torch.view(torch.narrow(k, 0, 0, torch.mul(n, slots)), [n, slots, shared, dim])
      v4 = torch.view(torch.narrow(v, 0, 0, torch.mul(n, slots)), [n, slots, shared, dim])
      q4 = torch.reshape(query, [n, shared, group, dim])
      k5 = torch.permute(torch.narrow(k4, 1, 0, length), [0, 2, 1, 3])
      v5 = torch.permute(torch.narrow(v4, 1, 0, length), [0, 2, 1, 3])
      o = torch.scaled_dot_product_attention(q4, k5, v5, masks[kind], 0., False, scale=scalars[1])
      attended = torch.reshape(o, [n, torch.mul(heads, dim)])
      x = (self).finish(x, attended, weights, at, sizes, scalars, adapters, l, 0)
    return (self).logits((self).norm(x, weights[0], weights[1], sizes, scalars), weights)

  # --- the distribution over the next token -------------------------------------------------------------------------------------

  def logits(self: __torch__.Ops, hidden: Tensor, weights: List[Tensor]) -> Tensor:
    return torch.to((self).linear(hidden, weights[2], torch.narrow(weights[1], 0, 0, 0)), 6)

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

  # --- training: a pass through which gradients flow back -----------------------------------------------------------------------
  # Called where autograd records, which takes tensors alone; nothing is changed in place.

  def ints(self: __torch__.Ops, numbers: Tensor) -> List[int]:
    result = annotate(List[int], [])
    for i in range(torch.numel(numbers)):
      _0 = torch.append(result, int(torch.select(numbers, 0, i)))
    return result

  def floats(self: __torch__.Ops, numbers: Tensor) -> List[float]:
    result = annotate(List[float], [])
    for i in range(torch.numel(numbers)):
      _0 = torch.append(result, float(torch.select(numbers, 0, i)))
    return result

  # Memory that autograd may keep, as what runs under inference mode makes it may not; and rows [start, start + n) of it.
  def ground(self: __torch__.Ops, like: Tensor, size: Tensor, dtype: Tensor) -> Tensor:
    return torch.new_empty(like, (self).ints(size), dtype=int(torch.select(dtype, 0, 0)))
  def pour(self: __torch__.Ops, target: Tensor, rows: Tensor, start: Tensor) -> Tensor:
    return torch.copy_(torch.narrow(target, 0, int(torch.select(start, 0, 0)), torch.size(rows, 0)), rows)

  # y, and what an adapter makes of x: up(down(x)), in float32, with some of x left out.
  # leaves = 7 pairs down and up, unbound by layer, for query, key, value, attention output, gate, up, down; empty where nothing is added
  # reals: as scalars, and at the end the part that is left out, the adapter's factor, the factor of the embedded tokens
  def learn(self: __torch__.Ops, y: Tensor, x: Tensor, leaves: List[List[Tensor]], l: int, which: int, extra: List[float]) -> Tensor:
    result = y
    if torch.gt(torch.len(leaves[torch.mul(2, which)]), 0):
      down = leaves[torch.mul(2, which)][l]
      up = leaves[torch.add(torch.mul(2, which), 1)][l]
      f = torch.to(x, 6)
      if torch.gt(extra[0], 0.):
        f = torch.dropout(f, extra[0], True)
      change = torch.mul(torch.linear(torch.linear(f, down, None), up, None), extra[1])
      result = torch.add(y, torch.to(change, ops.prim.dtype(y)))
    return result

  # Causal attention of texts that stand one behind the other.
  def attend(self: __torch__.Ops, query: Tensor, key: Tensor, value: Tensor, lengths: List[int], window: int, scale: float) -> Tensor:
    heads = torch.size(query, 1)
    shared = torch.size(key, 1)
    dim = torch.size(query, 2)
    group = torch.floordiv(heads, shared)
    parts = annotate(List[Tensor], [])
    at = 0
    for i in range(torch.len(lengths)):
      n = lengths[i]
      q = torch.unsqueeze(torch.permute(torch.narrow(query, 0, at, n), [1, 0, 2]), 0)
      k = torch.unsqueeze(torch.permute(torch.narrow(key, 0, at, n), [1, 0, 2]), 1)
      v = torch.unsqueeze(torch.permute(torch.narrow(value, 0, at, n), [1, 0, 2]), 1)
      k4 = torch.reshape(torch.expand(k, [shared, group, n, dim]), [1, heads, n, dim])
      v4 = torch.reshape(torch.expand(v, [shared, group, n, dim]), [1, heads, n, dim])
      if torch.__and__(torch.gt(window, 0), torch.gt(n, window)):
        place = torch.sub(torch.cumsum(torch.new_ones(q, [n]), 0), 1)
        distance = torch.sub(torch.unsqueeze(place, 1), torch.unsqueeze(place, 0))
        seen = torch.__and__(torch.ge(distance, 0), torch.lt(distance, window))
        o = torch.scaled_dot_product_attention(q, k4, v4, seen, 0., False, scale=scale)
      else:
        o = torch.scaled_dot_product_attention(q, k4, v4, None, 0., True, scale=scale)
      _0 = torch.append(parts, torch.reshape(torch.permute(torch.select(o, 0, 0), [1, 0, 2]), [n, torch.mul(heads, dim)]))
      at = torch.add(at, n)
    return torch.cat(parts, 0)

  # The sum of -log p(tokens[i]) over the rows that come before them, times the first of factor.
  # ids, positions: [T], texts one behind the other; lengths: of the texts; rows, tokens: of what counts; numbers: as
  # sizes; the matrices of query, key and value stand under each other in one, and so do gate and up
  def loss(self: __torch__.Ops, ids: Tensor, positions: Tensor, lengths: Tensor, rows: Tensor, tokens: Tensor, factor: Tensor, numbers: Tensor, reals: Tensor, table: Tensor, weights: List[Tensor], leaves: List[Tensor]) -> Tensor:
    sizes = (self).ints(numbers)
    scalars = (self).floats(reals)
    texts = (self).ints(lengths)
    layers = sizes[0]
    heads = sizes[1]
    shared = sizes[2]
    dim = sizes[3]
    kinds = sizes[8]
    t = torch.size(ids, 0)
    first = torch.add(2, kinds)
    extra = [scalars[first], scalars[torch.add(first, 1)]]
    x = (self).embed(ids, table, scalars[torch.add(first, 2)])
    turns = (self).angles(positions, x, weights, sizes, scalars)
    learned = annotate(List[List[Tensor]], [])
    for i in range(torch.len(leaves)):
      if torch.gt(torch.numel(leaves[i]), 0):
        _0 = torch.append(learned, torch.unbind(leaves[i], 0))
      else:
        _1 = torch.append(learned, annotate(List[Tensor], []))
    for l in range(layers):
      at = torch.add(torch.add(3, kinds), torch.mul(19, l))
      kind = sizes[torch.add(torch.add(9, kinds), l)]
      none = weights[torch.add(at, 1)]
      n = (self).norm(x, weights[at], none, sizes, scalars)
      y = (self).linear(n, weights[torch.add(at, 2)], weights[torch.add(at, 5)])
      q0, k0, v0 = torch.split_with_sizes(y, [torch.mul(heads, dim), torch.mul(shared, dim), torch.mul(shared, dim)], 1)
      q = torch.view((self).learn(q0, n, learned, l, 0, extra), [t, heads, dim])
      k = torch.view((self).learn(k0, n, learned, l, 1, extra), [t, shared, dim])
      v = torch.view((self).learn(v0, n, learned, l, 2, extra), [t, shared, dim])
      if torch.gt(torch.numel(weights[torch.add(at, 6)]), 0):
        q = (self).norm(q, weights[torch.add(at, 6)], none, sizes, scalars)
        k = (self).norm(k, weights[torch.add(at, 7)], none, sizes, scalars)
      cos = turns[torch.mul(2, kind)]
      sin = turns[torch.add(torch.mul(2, kind), 1)]
      attended = (self).attend((self).turn(q, cos, sin), (self).turn(k, cos, sin), v, texts, sizes[torch.add(9, kind)], scalars[1])
      o = (self).learn((self).linear(attended, weights[torch.add(at, 8)], weights[torch.add(at, 9)]), attended, learned, l, 3, extra)
      x1 = torch.add(x, (self).addition(o, weights[torch.add(at, 10)], none, sizes, scalars))
      n1 = (self).norm(x1, weights[torch.add(at, 11)], weights[torch.add(at, 12)], sizes, scalars)
      h = (self).linear(n1, weights[torch.add(at, 13)], weights[torch.add(at, 15)])
      inner = torch.floordiv(torch.size(h, 1), 2)
      g0, u0 = torch.split_with_sizes(h, [inner, inner], 1)
      g = (self).activate((self).learn(g0, n1, learned, l, 4, extra), sizes[5])
      m = torch.mul(g, (self).learn(u0, n1, learned, l, 5, extra))
      f = (self).learn((self).linear(m, weights[torch.add(at, 16)], weights[torch.add(at, 17)]), m, learned, l, 6, extra)
      x = torch.add(x1, (self).addition(f, weights[torch.add(at, 18)], none, sizes, scalars))
    last = (self).norm(torch.index_select(x, 0, rows), weights[0], weights[1], sizes, scalars)
    total = torch.cross_entropy_loss((self).logits(last, weights), tokens, None, 2, -100, 0.)
    return torch.mul(total, float(torch.select(factor, 0, 0)))

  # --- training of all weights: each array has its gradient and AdamW's moments beside it -------------------------------------------

  def squares(self: __torch__.Ops, gradient: Tensor) -> Tensor:
    return torch.sum(torch.mul(gradient, gradient))

  # A step of AdamW, after which the gradient is zero again.
  # numbers = factor of the gradient, what weight decay leaves of x, the gradient's part in the mean, what is kept of the squares, the new one's
  #   part, the root of their correction, epsilon, the size of the step below zero
  def adam(self: __torch__.Ops, x: Tensor, gradient: Tensor, mean: Tensor, square: Tensor, numbers: List[float]) -> int:
    g = torch.mul_(gradient, numbers[0])
    _0 = torch.mul_(x, numbers[1])
    _1 = torch.lerp_(mean, g, numbers[2])
    _2 = torch.addcmul_(torch.mul_(square, numbers[3]), g, g, value=numbers[4])
    root = torch.add_(torch.div_(torch.sqrt(square), numbers[5]), numbers[6])
    _3 = torch.addcdiv_(x, mean, root, value=numbers[7])
    _4 = torch.zero_(gradient)
    return 0
