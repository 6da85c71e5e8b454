// (a) The models of a run by one metric, each with its interval and the ranks that it may have.

import { h } from './dom.js';
import { WORDS, card, colour, empty, metricChoice, modelName, names, said, scoresOf, select, term, whiskers } from './parts.js';
import { standings } from './statistics.js';
import { count, metricName, percent, typeName } from './words.js';

const TYPE_OF_ALL = '*';

export const title = 'Leaderboard';
export const lead = 'Which model is best, and how sure that is.';

/** The models of a run, the best first: rows, with the ranks that they may have where the whole run is meant. */
export function board(store, run, metric, type = TYPE_OF_ALL) {
  const rows = [...store.cells(run, type === TYPE_OF_ALL ? 'RUN' : 'TASK_TYPE', metric, type).values()].filter((row) => row.n > 0);
  rows.sort((a, b) => a.model.startsWith('@') - b.model.startsWith('@') || b.mean - a.mean || (a.who < b.who ? -1 : 1));
  const real = rows.filter((row) => !row.model.startsWith('@'));
  const shown = new Set(real.map((row) => row.who));
  // The running differences of right and wrong are of these two together; scores have their own, other views of a choice have none.
  const right = metric === 'accuracy/mean-logprob' || metric === 'exact_match';
  const differences = store.cells(run, 'RUN', right ? 'difference/right' : 'difference/' + metric, '*');
  const among = [...differences.values()].filter((row) => row.n > 0 && shown.has(row.who) && shown.has(row.other));
  const standing = standings(among);
  const complete = type === TYPE_OF_ALL && real.length > 1 && among.length === (real.length * (real.length - 1)) / 2;
  return rows.map((row) => {
    const own = standing.get(row.who);
    const ranked = complete && own && !row.model.startsWith('@');
    return { row, best: ranked ? own.worse + 1 : null, worst: ranked ? real.length - own.better : null };
  });
}

export function ranks(entry) {
  return entry.best === null ? '–' : entry.best === entry.worst ? String(entry.best) : entry.best + '–' + entry.worst;
}

/** What the board says, in a sentence. */
export function verdict(entries, name) {
  const ranked = entries.filter((entry) => entry.best !== null);
  if (ranked.length < 2) {
    return '';
  }
  const leaders = ranked.filter((entry) => entry.best === 1);
  if (leaders.length === 1) {
    return `${name(leaders[0].row.who)} is surely the best of ${ranked.length}.`;
  }
  return leaders.length === ranked.length
    ? `No model is surely better than the others yet.`
    : `The best is one of ${leaders.length}: ${leaders.map((entry) => name(entry.row.who)).join(', ')}.`;
}

export function view({ store, runs, query, go }) {
  const all = scoresOf(store, runs);
  if (all.length === 0) {
    return empty('No answers yet', 'As soon as the first answer is judged, the models appear here and move as more answers come.');
  }
  const metric = all.includes(query.get('metric')) ? query.get('metric') : all[0];
  const types = [...new Set(runs.flatMap((run) => [...(store.scope(run, 'TASK_TYPE').get(metric)?.keys() ?? [])]))].sort();
  const type = types.includes(query.get('type')) ? query.get('type') : TYPE_OF_ALL;
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'choices' },
      metricChoice(all, metric, (value) => go({ metric: value })),
      types.length > 1 &&
        select('Questions', type, [[TYPE_OF_ALL, 'all'], ...types.map((one) => [one, typeName(one)])], (value) => go({ type: value === TYPE_OF_ALL ? null : value })),
    ),
    h('div', { class: 'side-by-side' }, runs.map((run) => panel(store, run, metric, type))),
  );
}

function panel(store, run, metric, type) {
  const entries = board(store, run, metric, type);
  const name = names(entries.map((entry) => entry.row));
  if (entries.length === 0) {
    return h('div', { key: run }, card(run, empty('Nothing measured so yet', `No answer of this run has the metric “${metricName(metric)}”.`)));
  }
  return h(
    'div',
    { key: run },
    card(
      run,
      h('p', { class: 'finding' }, verdict(entries, name)),
      h(
        'table',
        { class: 'board' },
        h('caption', { class: 'unseen' }, `Models of run ${run} by ${metricName(metric)}, in percent`),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, term('rank', WORDS.rank)),
            h('th', { scope: 'col' }, 'model'),
            h('th', { scope: 'col', class: 'wide' }, h('span', { class: 'scale' }, h('span', {}, '0'), h('span', {}, '50'), h('span', {}, '100 %'))),
            h('th', { scope: 'col', class: 'number' }, '%'),
            h('th', { scope: 'col', class: 'number spare' }, term('95 % interval', WORDS.interval)),
            h('th', { scope: 'col', class: 'number spare' }, term('n', WORDS.n)),
          ),
        ),
        h(
          'tbody',
          {},
          entries.map((entry) =>
            h(
              'tr',
              { key: entry.row.who, class: entry.row.model.startsWith('@') ? 'virtual' : '' },
              h('td', { class: 'rank' }, ranks(entry)),
              h('th', { scope: 'row' }, modelName(name(entry.row.who), entry.row.who)),
              h('td', { class: 'wide', 'data-tip': said(entry.row) }, whiskers(entry.row, entry.row.model.startsWith('@') ? 'var(--quiet)' : colour(0))),
              h('td', { class: 'number strong' }, percent(entry.row.mean)),
              h('td', { class: 'number spare' }, entry.row.low === null ? '–' : `${percent(entry.row.low)} – ${percent(entry.row.high)}`),
              h('td', { class: 'number spare' }, count(entry.row.n)),
            ),
          ),
        ),
      ),
    ),
  );
}
