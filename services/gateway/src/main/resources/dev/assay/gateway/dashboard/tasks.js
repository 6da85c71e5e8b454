// (b) Task by model, as a map of colours and figures.

import { h } from './dom.js';
import { card, empty, gridKeys, legend, metricChoice, names, said, scores, scoresOf, select, shade } from './parts.js';
import { compareMetrics, metricName, percent } from './words.js';

const MAIN = 'main';

export const title = 'Tasks';
export const lead = 'What each model is good at.';

export function view({ store, runs, query, go }) {
  const all = scoresOf(store, runs, 'TASK');
  if (all.length === 0) {
    return empty('No answers yet', 'Each task becomes a row as soon as its first answer is judged.');
  }
  const metric = all.includes(query.get('metric')) ? query.get('metric') : MAIN;
  const sort = query.get('sort') === 'spread' ? 'spread' : query.get('sort') === 'hard' ? 'hard' : 'name';
  const columns = runs.flatMap((run) => columnsOf(store, run, metric));
  const tasks = tasksOf(store, runs, metric);
  const wanted = new Map(runs.map((run) => [run, metric === MAIN ? mainsOf(store, run) : [metric]]));
  const cells = new Map(tasks.map((task) => [task, columns.map((column) => cell(store, column, wanted.get(column.run), task))]));
  const values = [...cells.values()].flat().filter((one) => one !== null).map((one) => one.mean);
  const low = Math.min(...values);
  const high = Math.max(...values);
  order(tasks, cells, sort);
  const mixed = metric === MAIN && new Set([...cells.values()].flat().filter((one) => one).map((one) => one.metric)).size > 1;
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'choices' },
      metricChoice(all, metric, (value) => go({ metric: value === MAIN ? null : value }), [[MAIN, 'Each task’s main score']]),
      select(
        'Sorted by',
        sort,
        [
          ['name', 'name'],
          ['hard', 'hardest first'],
          ['spread', 'where models differ most'],
        ],
        (value) => go({ sort: value === 'name' ? null : value }),
      ),
    ),
    card(
      'Score of each model on each task, in %',
      h('div', { class: 'above' }, legend(low, high, 'Point at a cell, or move with the arrow keys, for its interval and count.')),
      h(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of tasks and models' },
        h(
          'table',
          { class: 'map', role: 'grid', onkeydown: gridKeys },
          h(
            'thead',
            {},
            runs.length > 1 &&
              h(
                'tr',
                {},
                h('td', {}),
                mixed && h('td', {}),
                runs.map((run) => h('th', { key: run, scope: 'colgroup', colspan: String(columns.filter((column) => column.run === run).length), class: 'group' }, run)),
              ),
            h(
              'tr',
              {},
              h('th', { scope: 'col', class: 'corner' }, 'task'),
              mixed && h('th', { scope: 'col', class: 'left' }, 'score'),
              columns.map((column) => h('th', { key: keyOf(column), scope: 'col', class: 'slant', title: column.who }, h('span', {}, column.name))),
            ),
          ),
          h(
            'tbody',
            {},
            tasks.map((task, at) => rowOf(task, cells.get(task), columns, low, high, mixed, at === 0)),
          ),
        ),
      ),
    ),
  );
}

function columnsOf(store, run, metric) {
  const found = new Map();
  const wanted = metric === MAIN ? scores(store, run, 'TASK') : [metric];
  for (const one of wanted) {
    for (const cells of store.scope(run, 'TASK').get(one)?.values() ?? []) {
      for (const row of cells.values()) {
        if (row.n > 0) {
          found.set(row.who, row);
        }
      }
    }
  }
  const name = names(found.values());
  return [...found.keys()].sort((a, b) => a.startsWith('@') - b.startsWith('@') || (a < b ? -1 : 1)).map((who) => ({ run, who, name: name(who) }));
}

function tasksOf(store, runs, metric) {
  const found = new Set();
  for (const run of runs) {
    for (const one of metric === MAIN ? scores(store, run, 'TASK') : [metric]) {
      for (const task of store.scope(run, 'TASK').get(one)?.keys() ?? []) {
        found.add(task);
      }
    }
  }
  return [...found].sort();
}

/** What may be a task's main score in a run, the first first. */
function mainsOf(store, run) {
  return [...store.scope(run, 'TASK').keys()].filter(isMain).sort(compareMetrics);
}

function cell(store, column, wanted, task) {
  for (const one of wanted) {
    const row = store.cells(column.run, 'TASK', one, task).get(column.who);
    if (row && row.n > 0) {
      return row;
    }
  }
  return null;
}

/** The voted answer of a choice, else a score of texts: never another view of the same choice. */
function isMain(metric) {
  return metric === 'accuracy/mean-logprob' || (!metric.includes('/') && !/^(answered|orders_asked|compute_|cost|tokens_|same_)/.test(metric));
}

function order(tasks, cells, sort) {
  const means = (task) => cells.get(task).filter((one) => one).map((one) => one.mean);
  const key = {
    hard: (task) => means(task).reduce((sum, mean) => sum + mean, 0) / means(task).length,
    spread: (task) => -(Math.max(...means(task)) - Math.min(...means(task))),
  }[sort];
  if (key) {
    const keys = new Map(tasks.map((task) => [task, key(task)]));
    tasks.sort((a, b) => keys.get(a) - keys.get(b) || (a < b ? -1 : 1));
  }
}

function rowOf(task, cells, columns, low, high, mixed, first) {
  const main = cells.find((one) => one)?.metric;
  return h(
    'tr',
    { key: task },
    h('th', { scope: 'row' }, task),
    mixed && h('td', { class: 'quiet small' }, main ? metricName(main) : ''),
    cells.map((row, at) => (row ? drawn(row, task, columns[at], low, high, first && at === 0) : nothing(task, columns[at]))),
  );
}

function nothing(task, column) {
  return h('td', { key: keyOf(column), class: 'none', tabindex: '-1', 'aria-label': `${column.name}, ${task}: nothing yet` }, '·');
}

/** Cells as they were last drawn, by their rows: of thousands a second changes dozens, and the others need no more than a look. */
const lastDrawn = new WeakMap();

function drawn(row, task, column, low, high, takesTab) {
  const last = lastDrawn.get(row);
  if (last && last.low === low && last.high === high && last.name === column.name && last.takesTab === takesTab) {
    return last.tree;
  }
  const tip = `${column.name} on ${task}\n${metricName(row.metric)}: ${said(row)}`;
  const tree = h(
    'td',
    { key: keyOf(column), ...shade(row.mean, low, high), tabindex: takesTab ? '0' : '-1', 'data-tip': tip, 'aria-label': tip.replace('\n', '. ') },
    percent(row.mean),
  );
  lastDrawn.set(row, { low, high, name: column.name, takesTab, tree });
  return tree;
}

function keyOf(column) {
  return column.run + '\n' + column.who;
}
