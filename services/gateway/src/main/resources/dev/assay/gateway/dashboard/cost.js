// (f) What quality costs: each model by its cost and score, with guessing, the best single model, the oracle and the route in force.

import { h } from './dom.js';
import { WORDS, card, colour, empty, modelName, names, said, scores, select, term } from './parts.js';
import { amount, compareMetrics, metricName, percent, typeName } from './words.js';

export const title = 'Cost';
export const lead = 'What more quality costs, and what a router makes of it.';

const COSTS = {
  compute: ['compute_microseconds', 'computing time an answer', 'ms', 1_000],
  tokens: ['tokens_computed', 'tokens computed an answer', 'tokens', 1],
  money: ['cost', 'price an answer', 'millionths', 1],
};
const WIDTH = 720;
const HEIGHT = 360;
const EDGE = { left: 52, right: 138, top: 16, bottom: 44 };

export function view({ store, runs, query, go }) {
  const known = Object.entries(COSTS).filter(([, [metric]]) => runs.some((run) => [...store.cells(run, 'RUN', metric, '*').values()].some((row) => row.sum > 0)));
  const measured = runs.flatMap((run) => scores(store, run));
  if (measured.length === 0 || known.length === 0) {
    return empty('No costs yet', 'Models that compute say with each answer how long it took and how many tokens it was; stored answers cost nothing.');
  }
  const metric = [...new Set(measured)].sort(compareMetrics)[0];
  const by = known.some(([key]) => key === query.get('by')) ? query.get('by') : known[0][0];
  return h(
    'div',
    {},
    h('div', { class: 'choices' }, select('Cost', by, known.map(([key, [, text]]) => [key, text]), (value) => go({ by: value }))),
    h('div', { class: 'side-by-side' }, runs.map((run) => picture(store, run, metric, COSTS[by]))),
    routes(store),
  );
}

/** The share that guessing gets: one over the number of options, over the questions by where their right option stands. */
function random(store, run) {
  let n = 0;
  let right = 0;
  for (const [metric, tasks] of store.scope(run, 'POSITION')) {
    if (metric === 'chosen/one/A') {
      for (const [task, cells] of tasks) {
        const most = Math.max(0, ...[...cells.values()].filter((row) => !row.model.startsWith('@')).map((row) => row.n));
        n += most;
        right += most / Number(task.split(' of ')[1]);
      }
    }
  }
  return n === 0 ? null : right / n;
}

function picture(store, run, metric, [costMetric, costName, unit, divisor]) {
  const rows = [...store.cells(run, 'RUN', metric, '*').values()].filter((row) => row.n > 0);
  const name = names(rows);
  const costs = store.cells(run, 'RUN', costMetric, '*');
  const points = rows
    .filter((row) => row.model !== '@oracle' && costs.get(row.who)?.n > 0)
    .map((row) => ({ row, name: name(row.who), virtual: row.model.startsWith('@'), cost: costs.get(row.who).mean / divisor }))
    .sort((a, b) => a.cost - b.cost || b.row.mean - a.row.mean);
  if (points.length === 0) {
    return h('div', { key: run }, card(run, empty('No costs yet', 'No model of this run has said what its answers cost.')));
  }
  const real = points.filter((point) => !point.virtual);
  const best = real.reduce((a, b) => (b.row.mean > a.row.mean ? b : a), real[0] ?? points[0]);
  const oracle = rows.find((row) => row.model === '@oracle');
  const guess = metric.startsWith('accuracy/') ? random(store, run) : null;
  const frontier = real.filter((point, i) => real.slice(0, i).every((before) => before.row.mean < point.row.mean));
  const lines = [
    guess !== null && ['guessing', guess, WORDS.random],
    ['best single model', best.row.mean, best.name],
    oracle && ['oracle', oracle.mean, WORDS.oracle],
  ].filter(Boolean);
  return h(
    'div',
    { key: run },
    card(
      run,
      h('p', { class: 'note' }, `Up is better, right is dearer: ${metricName(metric).toLowerCase()}, by ${costName}.`),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Picture of cost and score' }, scatter(points, frontier, lines, costName, unit)),
      h(
        'table',
        { class: 'plain' },
        h('caption', { class: 'unseen' }, `Cost and score of run ${run}`),
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'model'), h('th', { scope: 'col', class: 'number' }, 'score, %'), h('th', { scope: 'col', class: 'number' }, `${unit} an answer`), h('th', { scope: 'col', class: 'spare' }, 'remark'))),
        h(
          'tbody',
          {},
          points.map((point) =>
            h(
              'tr',
              { key: point.row.who, class: point.virtual ? 'virtual' : '' },
              h('th', { scope: 'row' }, modelName(point.name, point.row.who)),
              h('td', { class: 'number', 'data-tip': said(point.row) }, percent(point.row.mean)),
              h('td', { class: 'number' }, amount(point.cost)),
              h('td', { class: 'spare' }, frontier.includes(point) ? term('no other is cheaper and better', WORDS.frontier) : ''),
            ),
          ),
          lines.map(([text, share, meaning]) =>
            h('tr', { key: 'line ' + text, class: 'virtual' }, h('th', { scope: 'row' }, term(text, meaning)), h('td', { class: 'number' }, percent(share)), h('td', { class: 'number' }, '–'), h('td', { class: 'spare' }, '')),
          ),
        ),
      ),
    ),
  );
}

function scatter(points, frontier, lines, costName, unit) {
  const most = Math.max(...points.map((point) => point.cost)) || 1;
  const least = Math.min(...points.map((point) => point.cost).filter((cost) => cost > 0));
  const log = Number.isFinite(least) && most / least > 20;
  const span = log ? Math.log(most * 1.5) - Math.log(least / 1.5) : most * 1.12;
  const x = (cost) => EDGE.left + ((log ? Math.log(Math.max(cost, least / 1.5)) - Math.log(least / 1.5) : cost) / span) * (WIDTH - EDGE.left - EDGE.right);
  const y = (share) => HEIGHT - EDGE.bottom - share * (HEIGHT - EDGE.top - EDGE.bottom);
  const ticks = log ? logTicks(least / 1.5, most * 1.5) : evenTicks(span);
  const steps = frontier.flatMap((point, i) => (i === 0 ? [[x(point.cost), y(point.row.mean)]] : [[x(point.cost), y(frontier[i - 1].row.mean)], [x(point.cost), y(point.row.mean)]]));
  const end = frontier.length > 0 ? [[WIDTH - EDGE.right, y(frontier.at(-1).row.mean)]] : [];
  const taken = [];
  const levels = [];
  const apart = (at) => {
    let free = at;
    while (levels.some((other) => Math.abs(other - free) < 15)) {
      free += 15;
    }
    levels.push(free);
    return free;
  };
  return h(
    'svg',
    { class: 'scatter', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `Score by ${costName}; the table below has the same figures` },
    [0, 0.25, 0.5, 0.75, 1].map((share) => [
      h('line', { class: 'grid', x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(share), y2: y(share) }),
      h('text', { class: 'axis', x: EDGE.left - 8, y: y(share) + 4, 'text-anchor': 'end' }, `${share * 100} %`),
    ]),
    ticks.map((tick) => [
      h('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: EDGE.top, y2: HEIGHT - EDGE.bottom }),
      h('text', { class: 'axis', x: x(tick), y: HEIGHT - EDGE.bottom + 18, 'text-anchor': 'middle' }, amount(tick)),
    ]),
    h('text', { class: 'axis', x: WIDTH - EDGE.right, y: HEIGHT - 6, 'text-anchor': 'end' }, `${costName}, ${unit}`),
    lines.map(([text, share]) => [
      h('line', { class: 'level', x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(share), y2: y(share) }),
      h('text', { class: 'axis strong', x: WIDTH - EDGE.right + 8, y: apart(y(share)) + 4 }, text),
    ]),
    frontier.length > 1 && h('polyline', { class: 'frontier', points: [...steps, ...end].map((point) => point.join(',')).join(' ') }),
    points.map((point) => {
      const cx = x(point.cost);
      const cy = y(point.row.mean);
      const tone = point.virtual ? 'var(--series-2)' : colour(0);
      const side = cx > (WIDTH - EDGE.right) * 0.6 ? 'end' : 'start';
      let ty = cy + 4;
      while (taken.some(([ax, ay]) => Math.abs(ax - cx) < 150 && Math.abs(ay - ty) < 15)) {
        ty += 15;
      }
      taken.push([cx, ty]);
      return h(
        'g',
        { key: point.row.who, 'data-tip': `${point.name}\n${said(point.row)}\n${amount(point.cost)} ${unit} an answer` },
        point.row.low !== null && h('line', { x1: cx, x2: cx, y1: y(point.row.low), y2: y(point.row.high), style: { stroke: tone, 'stroke-width': '2', opacity: '0.55' } }),
        h('circle', { cx, cy, r: point.virtual ? 7 : 6, style: { fill: tone } }),
        h('text', { class: 'label', x: cx + (side === 'end' ? -11 : 11), y: ty, 'text-anchor': side }, point.name),
      );
    }),
  );
}

function evenTicks(most) {
  const raw = most / 5;
  const base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * base).find((one) => one >= raw);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

function logTicks(least, most) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(least)); 10 ** power <= most; power++) {
    ticks.push(...[1, 2, 5].map((one) => one * 10 ** power).filter((tick) => tick >= least && tick <= most));
  }
  return ticks.length > 8 ? ticks.filter((tick) => /^1/.test(tick.toExponential())) : ticks;
}

function routes(store) {
  const all = [...store.topics.routes.values()];
  return card(
    'The route in force',
    all.length === 0
      ? empty('No routes yet', 'Start with --routing (assay up --routing, assay eval --routing); then the running tables decide which model answers what.')
      : h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of routes' }, h(
          'table',
          { class: 'plain words' },
          h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'kind of question'), h('th', { scope: 'col' }, term('goes to', WORDS.route)), h('th', { scope: 'col' }, 'why'), h('th', { scope: 'col' }, term('evidence', WORDS.evidence)))),
          h(
            'tbody',
            {},
            all.map((route) =>
              h(
                'tr',
                { key: route.taskType },
                h('th', { scope: 'row' }, typeName(route.taskType)),
                h('td', {}, h('span', { class: 'model' }, route.model), route.explores && h('small', {}, ` (${percent(route.exploreShare)} % go to ${route.explores}, to know it better)`)),
                h('td', {}, route.reason || route.policy),
                h('td', {}, h('details', {}, h('summary', {}, `${route.evidence.length} figures`), h('ul', { class: 'evidence' }, route.evidence.map((line) => h('li', {}, line))))),
              ),
            ),
          ),
        )),
  );
}
