// What the gateway has said, as it arrives. Rows are kept where the views look for them: run → scope → metric → task → who.

const STALE_AFTER = 5_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
const SECONDS_OF_PACE = 300;

/** A row's key as MetricKey writes it. */
function keyOf(row) {
  return [row.run, row.scope, row.task, row.metric, row.model, row.checkpoint, row.other ?? '']
    .map((part) => part.replaceAll('%', '%25').replaceAll('|', '%7C'))
    .join('|');
}

class Tables {
  constructor() {
    this.runs = new Map();
    this.size = 0;
  }

  add(row) {
    const scopes = this.#into(this.runs, row.run);
    const cells = this.#into(this.#into(this.#into(scopes, row.scope), row.metric), row.task);
    const who = row.other === null ? row.who : row.who + '\n' + row.other;
    if (!cells.has(who)) {
      this.size++;
    }
    cells.set(who, row);
  }

  remove(key) {
    const [run, scope, task, metric, model, checkpoint, other] = key.split('|').map((part) => part.replaceAll('%7C', '|').replaceAll('%25', '%'));
    const who = model + '@' + checkpoint + (other === '' ? '' : '\n' + other);
    if (this.runs.get(run)?.get(scope)?.get(metric)?.get(task)?.delete(who)) {
      this.size--;
    }
  }

  #into(map, key) {
    let found = map.get(key);
    if (!found) {
      found = new Map();
      map.set(key, found);
    }
    return found;
  }
}

/** The gateway's events as one state; whoever subscribes is told when it has changed, once a frame at most. */
export class Store {
  constructor() {
    this.topics = { runs: new Map(), models: new Map(), checkpoints: new Map(), routes: new Map() };
    this.tables = new Tables();
    this.flow = null;
    this.phase = 'loading'; // loading, live, lost
    this.heardAt = 0;
    this.caughtUpAt = 0;
    this.paces = new Map();
    this.listeners = new Set();
    this.wanted = null;
    this.had = { runs: new Set(), history: false };
    this.wait = FIRST_WAIT;
    this.eventAt = 0;
    setInterval(() => this.#watch(), 1_000);
  }

  onChange(listener) {
    this.listeners.add(listener);
  }

  /** Says which runs are looked at; the stream begins anew when that is more than it brings. */
  want(runs, history) {
    const wanted = JSON.stringify([[...runs].sort(), history]);
    if (this.wanted !== wanted) {
      this.wanted = wanted;
      this.asked = { runs: new Set(runs), history };
      this.query = new URLSearchParams([...runs.map((run) => ['run', run]), ['history', String(history)]]);
      this.#connect();
    }
  }

  /** Whether all rows of these runs have come, and the scores of all others where they are wanted. */
  has(runs, history) {
    return runs.every((run) => this.had.runs.has(run)) && (!history || this.had.history);
  }

  /** Whether what is shown may be old: nothing has come for a while, or the gateway itself does not hear from the broker. */
  get stale() {
    return this.phase === 'lost' || (this.phase === 'live' && Date.now() - this.heardAt > STALE_AFTER);
  }

  get brokerAway() {
    return this.flow !== null && (this.flow.broker === false || this.flow.read === false);
  }

  run(name) {
    return this.topics.runs.get(name);
  }

  /** The newest run first. */
  get runList() {
    return [...this.topics.runs.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : a.name < b.name ? -1 : 1));
  }

  scope(run, scope) {
    return this.tables.runs.get(run)?.get(scope) ?? new Map();
  }

  /** The rows of a metric: who → row. */
  cells(run, scope, metric, task) {
    return this.scope(run, scope).get(metric)?.get(task) ?? new Map();
  }

  #connect() {
    this.source?.close();
    clearTimeout(this.retry);
    const asked = this.asked;
    const source = new EventSource('/v1/dashboard/stream?' + this.query);
    this.source = source;
    // All comes again. It is put together aside, so that the page does not blink, and takes the place of what there was when it is whole.
    let fresh = { topics: { runs: new Map(), models: new Map(), checkpoints: new Map(), routes: new Map() }, tables: new Tables() };
    const on = (name, handle) =>
      source.addEventListener(name, (event) => {
        if (source !== this.source) {
          return;
        }
        this.heardAt = Date.now();
        handle(JSON.parse(event.data));
      });
    on('records', (data) => {
      const topic = (fresh ?? this).topics[data.topic.slice('assay.'.length)];
      for (const { key, record } of data.records) {
        if (record === null) {
          topic.delete(key);
        } else {
          topic.set(key, record);
        }
      }
      this.#changed();
    });
    on('rows', (data) => {
      const tables = (fresh ?? this).tables;
      for (const row of data.rows) {
        tables.add(decoded(row, data.texts));
      }
      data.gone.forEach((key) => tables.remove(key));
      if (!fresh) {
        this.eventAt = performance.now();
      }
      this.#changed();
    });
    on('flow', (data) => {
      this.flow = data;
      this.#pace();
      this.#changed();
    });
    on('caught-up', () => {
      this.topics = fresh.topics;
      this.tables = fresh.tables;
      fresh = null;
      this.had = asked;
      this.phase = 'live';
      this.caughtUpAt = Date.now();
      this.wait = FIRST_WAIT;
      this.#changed();
    });
    source.onerror = () => {
      if (source !== this.source) {
        return;
      }
      source.close();
      if (this.phase === 'live') {
        this.phase = 'lost';
      }
      this.failed = true;
      this.retry = setTimeout(() => this.#connect(), this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
      this.#changed();
    };
    source.onopen = () => {
      this.failed = false;
    };
  }

  /** Where each run stood at the last seconds: how fast it goes and how long it takes follow from that. */
  #pace() {
    if (this.phase !== 'live') {
      return;
    }
    const now = Date.now();
    for (const name of this.tables.runs.keys()) {
      const flow = this.flowOf(name);
      const pace = this.paces.get(name) ?? [];
      pace.push({ at: now, settled: flow.verdicts + flow.dead, tokens: flow.tokens });
      while (pace.length > SECONDS_OF_PACE) {
        pace.shift();
      }
      this.paces.set(name, pace);
    }
  }

  /** Where the questions of a run are, a question counted once for each model it is put to; virtual models are left out. */
  flowOf(name) {
    const sums = { prompts: 0, verdicts: 0, dead: 0, pending: 0, tokens: 0 };
    const metrics = { 'flow/prompts': 'prompts', 'flow/verdicts': 'verdicts', 'flow/dead-letters': 'dead', 'flow/pending': 'pending' };
    for (const [metric, field] of Object.entries(metrics)) {
      for (const row of this.cells(name, 'RUN', metric, '*').values()) {
        if (!row.model.startsWith('@')) {
          sums[field] += row.n;
        }
      }
    }
    for (const metric of ['tokens_computed', 'tokens_generated']) {
      for (const row of this.cells(name, 'RUN', metric, '*').values()) {
        if (!row.model.startsWith('@')) {
          sums.tokens += row.sum;
        }
      }
    }
    return sums;
  }

  #watch() {
    if (this.phase === 'live' || this.phase === 'lost') {
      this.#changed();
    }
    if (this.phase === 'live' && this.source && Date.now() - this.heardAt > 2 * STALE_AFTER) {
      // The connection stands but nothing comes: a proxy may have forgotten it.
      this.heardAt = Date.now() - STALE_AFTER;
      this.phase = 'lost';
      this.#connect();
    }
  }

  #changed() {
    if (!this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = null;
        this.listeners.forEach((listener) => listener());
      });
    }
  }
}

function decoded(row, texts) {
  const model = texts[row[4]];
  const checkpoint = texts[row[5]];
  return {
    run: texts[row[0]],
    scope: texts[row[1]],
    task: texts[row[2]],
    metric: texts[row[3]],
    model,
    checkpoint,
    who: model + '@' + checkpoint,
    other: row[6] === -1 ? null : texts[row[6]],
    n: row[7],
    mean: row[8],
    error: row[9],
    low: row[10],
    high: row[11],
    errorByTask: row[12],
    sum: row[13],
    squares: row[14],
  };
}

export { keyOf };
