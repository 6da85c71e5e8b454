// (c) Scores over time: of a model's checkpoints, or of all models over runs. A late point takes the place that its step or time gives it.

import { chart } from './chart.js';
import { h } from './dom.js';
import { WORDS, card, colour, empty, names, select, term } from './parts.js';
import { sequence } from './statistics.js';
import { compareMetrics, count, isScore, metricName, percent } from './words.js';

const WHOLE = '*';
const MOST_LINES = 8;

export const title = 'Over time';
export const lead = 'Whether it gets better: from checkpoint to checkpoint, and from run to run.';
export const history = true;

export function view({ store, query, go, charts }) {
  const runs = [...store.tables.runs.keys()].sort((a, b) => begun(store, a) - begun(store, b) || (a < b ? -1 : 1));
  const metrics = new Set();
  const tasks = new Set();
  const checkpoints = new Map();
  for (const run of runs) {
    for (const [metric, byTask] of store.scope(run, 'TASK')) {
      if (isScore(metric)) {
        metrics.add(metric);
        for (const task of byTask.keys()) {
          tasks.add(task);
        }
      }
    }
    for (const [metric, byTask] of store.scope(run, 'RUN')) {
      if (isScore(metric)) {
        for (const row of byTask.get(WHOLE)?.values() ?? []) {
          checkpoints.set(row.model, (checkpoints.get(row.model) ?? new Set()).add(row.checkpoint));
        }
      }
    }
  }
  const all = [...metrics].sort(compareMetrics);
  if (all.length === 0) {
    return empty('No answers yet', 'Each run becomes a point as soon as its first answer is judged.');
  }
  const metric = all.includes(query.get('metric')) ? query.get('metric') : all[0];
  const grown = [...checkpoints].filter(([model, versions]) => versions.size > 1 && !model.startsWith('@')).map(([model]) => model).sort();
  const by = query.get('by') === 'run' || (query.get('by') !== 'checkpoint' && grown.length === 0) ? 'run' : 'checkpoint';
  const benchmarks = [...new Set([...tasks].map((task) => task.split('/')[0]))].filter((name) => !tasks.has(name));
  const places = [[WHOLE, 'all'], ...benchmarks.map((name) => [name, name]), ...[...tasks].sort().map((task) => [task, task])];
  const task = places.some(([place]) => place === query.get('task')) ? query.get('task') : WHOLE;
  const model = grown.includes(query.get('model')) ? query.get('model') : grown[0];
  const drawing = by === 'run' ? overRuns(store, runs, metric, task) : model && overCheckpoints(store, runs, model, metric, task, benchmarks, tasks);
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'choices' },
      select('From', by, [['checkpoint', 'checkpoint to checkpoint'], ['run', 'run to run']], (value) => go({ by: value })),
      by === 'checkpoint' && grown.length > 1 && select('Model', model, grown.map((one) => [one, one]), (value) => go({ model: value })),
      select('Measured by', metric, all.map((one) => [one, metricName(one)]), (value) => go({ metric: value })),
      select('Questions', task, places, (value) => go({ task: value === WHOLE ? null : value })),
    ),
    drawing
      ? picture(drawing, metric, charts)
      : empty(
          'No model has two checkpoints yet',
          'Evaluate another version of a model under the same name, or replay a run with a checkpoint: assay replay --run R --checkpoint C. Each version becomes a point.',
        ),
  );
}

function begun(store, run) {
  return Date.parse(store.run(run)?.createdAt ?? '') || 0;
}

/** The figure of one model in one run: of the whole run, of a task, or of all tasks of a benchmark together. */
function figure(store, run, metric, task, who) {
  if (task === WHOLE) {
    return store.cells(run, 'RUN', metric, WHOLE).get(who);
  }
  const own = store.cells(run, 'TASK', metric, task).get(who);
  if (own) {
    return own;
  }
  let n = 0;
  let sum = 0;
  for (const [name, cells] of store.scope(run, 'TASK').get(metric) ?? []) {
    const row = name.startsWith(task + '/') ? cells.get(who) : undefined;
    if (row) {
      n += row.n;
      sum += row.sum;
    }
  }
  return n === 0 ? undefined : { n, mean: sum / n, ...sequence(n, sum) };
}

function overRuns(store, runs, metric, task) {
  const points = new Map();
  const used = [];
  for (const run of runs) {
    const rows = [...store.cells(run, 'RUN', metric, WHOLE).values()];
    let any = false;
    for (const row of rows) {
      const found = figure(store, run, metric, task, row.who);
      if (found && found.n > 0) {
        any = true;
        points.set(row.who, (points.get(row.who) ?? new Map()).set(run, found));
      }
    }
    if (any) {
      used.push(run);
    }
  }
  if (used.length === 0) {
    return null;
  }
  const name = names([...points.keys()].map((who) => ({ model: who.slice(0, who.lastIndexOf('@')), checkpoint: who.slice(who.lastIndexOf('@') + 1) })));
  const most = [...points].sort((a, b) => a[0].startsWith('@') - b[0].startsWith('@') || b[1].size - a[1].size || (a[0] < b[0] ? -1 : 1));
  return {
    what: 'run',
    labels: used,
    left: most.length - Math.min(most.length, MOST_LINES),
    lines: most.slice(0, MOST_LINES).map(([who, of]) => ({ name: name(who), of: used.map((run) => of.get(run) ?? null) })),
  };
}

function overCheckpoints(store, runs, model, metric, task, benchmarks, tasks) {
  const announced = new Map([...store.topics.checkpoints.values()].map((checkpoint) => [checkpoint.name, checkpoint]));
  const versions = new Map();
  for (const run of runs) {
    for (const row of store.cells(run, 'RUN', metric, WHOLE).values()) {
      if (row.model === model) {
        // A later run of the same checkpoint stands for it.
        versions.set(row.checkpoint, { who: row.who, run, first: versions.get(row.checkpoint)?.first ?? begun(store, run) });
      }
    }
  }
  const ordered = [...versions].map(([version, at]) => ({ version, ...at, known: announced.get(model + '@' + version) }));
  const stepped = ordered.every((one) => one.known);
  ordered.sort((a, b) => (stepped ? a.known.step - b.known.step : (Date.parse(a.known?.createdAt) || a.first) - (Date.parse(b.known?.createdAt) || b.first)));
  const lines = task !== WHOLE ? [task] : [...new Set([...benchmarks, ...[...tasks].filter((one) => !one.includes('/'))])];
  const all = task === WHOLE ? [WHOLE, ...lines] : lines;
  const drawn = all
    .map((one) => ({ name: one === WHOLE ? 'all' : one, of: ordered.map((at) => figure(store, at.run, metric, one, at.who) ?? null) }))
    .filter((line) => line.of.some((point) => point !== null));
  return {
    what: 'checkpoint',
    labels: ordered.map((at) => (at.known ? `step ${count(at.known.step)}` : at.version.slice(0, 8))),
    left: Math.max(0, drawn.length - MOST_LINES),
    lines: drawn.slice(0, MOST_LINES),
  };
}

function picture(drawing, metric, charts) {
  const lines = drawing.lines.map((line, i) => ({
    name: line.name,
    colour: colour(i),
    values: line.of.map((point) => (point ? 100 * point.mean : null)),
    low: line.of.map((point) => (point ? 100 * (point.low ?? point.mean) : null)),
    high: line.of.map((point) => (point ? 100 * (point.high ?? point.mean) : null)),
  }));
  charts.set('series', { x: drawing.labels.map((_, i) => i), labels: drawing.labels, lines, unit: '%', range: [0, 100] });
  return card(
    `${metricName(metric)}, in %`,
    h(
      'ul',
      { class: 'key' },
      lines.map((line) => h('li', { key: line.name }, h('i', { style: { background: line.colour } }), line.name)),
      drawing.left > 0 && h('li', { key: '…' }, `and ${drawing.left} more, not drawn`),
    ),
    chart('series', `${metricName(metric)} by ${drawing.what}; the table below has the same figures`),
    h('p', { class: 'note' }, 'The bands are ', term('95 % intervals', WORDS.interval), '. ', drawing.what === 'checkpoint' ? ['Points stand in the order of the ', term('checkpoints', WORDS.checkpoint), ', whenever they come.'] : 'Runs stand in the order in which they began.'),
    h(
      'details',
      {},
      h('summary', {}, 'The same as a table'),
      h(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of the series' },
        h(
          'table',
          { class: 'plain' },
          h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, drawing.what), drawing.lines.map((line) => h('th', { key: line.name, scope: 'col', class: 'number' }, line.name)))),
          h(
            'tbody',
            {},
            drawing.labels.map((label, i) =>
              h(
                'tr',
                { key: label + i },
                h('th', { scope: 'row' }, label),
                drawing.lines.map((line) => {
                  const point = line.of[i];
                  return h('td', { key: line.name, class: 'number' }, point ? `${percent(point.mean)} (${percent(point.low ?? point.mean)}–${percent(point.high ?? point.mean)}, n ${count(point.n)})` : '–');
                }),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}
