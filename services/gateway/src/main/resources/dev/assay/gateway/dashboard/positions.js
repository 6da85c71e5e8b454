// (e) What was chosen where the right option stood at each place, before and after voting.

import { h } from './dom.js';
import { WORDS, card, empty, gridKeys, names, select, shade, term } from './parts.js';
import { count, percent } from './words.js';

export const title = 'Positions';
export const lead = 'Whether a model prefers places over answers, and what voting does about it.';

const RULES = [
  ['chosen/one/', 'Before voting', 'The published order alone.'],
  ['chosen/mean-logprob/', 'After voting', 'All orders that were asked, merged; by the published place of the option.'],
];

export function view({ store, runs, query, go }) {
  const models = new Map();
  const sizes = new Set();
  for (const run of runs) {
    for (const [metric, tasks] of store.scope(run, 'POSITION')) {
      if (metric.startsWith('chosen/')) {
        for (const [task, cells] of tasks) {
          for (const row of cells.values()) {
            if (row.n > 0 && !row.model.startsWith('@')) {
              models.set(row.who, row);
              sizes.add(task.split(' of ')[1]);
            }
          }
        }
      }
    }
  }
  if (models.size === 0) {
    return empty('No choices judged yet', 'Positions are counted for questions whose options are listed for the model.');
  }
  const name = names(models.values());
  const all = [...models.keys()].sort();
  const size = sizes.has(query.get('options')) ? query.get('options') : sizes.has('4') ? '4' : [...sizes].sort()[0];
  const who = models.has(query.get('model')) ? query.get('model') : null;
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'choices' },
      select('Questions with', size, [...sizes].sort().map((one) => [one, one + ' options']), (value) => go({ options: value })),
      all.length > 1 && select('Model', who ?? '', [['', 'all'], ...all.map((one) => [one, name(one)])], (value) => go({ model: value || null })),
    ),
    h('p', { class: 'note' }, WORDS.positions),
    runs.map((run) => (who ? [who] : all).map((one) => block(store, run, one, (runs.length > 1 ? run + ': ' : '') + name(one), size))),
  );
}

function block(store, run, who, heading, size) {
  const places = Array.from({ length: Number(size) }, (_, i) => String.fromCharCode(65 + i));
  const tables = RULES.map(([prefix, text, meaning]) => confusion(store, run, who, places, size, prefix, text, meaning));
  if (tables.every((one) => one === null)) {
    return null;
  }
  return h('div', { key: run + '\n' + who }, card(heading, h('div', { class: 'side-by-side' }, tables)));
}

function confusion(store, run, who, places, size, prefix, text, meaning) {
  const cell = (right, chosen) => store.cells(run, 'POSITION', prefix + chosen, `${right} of ${size}`).get(who);
  const total = (right) => Math.max(0, ...[...places, 'none'].map((chosen) => cell(right, chosen)?.n ?? 0));
  const rows = places.filter((right) => total(right) > 0);
  if (rows.length === 0) {
    return null;
  }
  const columns = rows.some((right) => (cell(right, 'none')?.mean ?? 0) > 0) ? [...places, 'none'] : places;
  const recalls = rows.map((right) => cell(right, right)?.mean ?? 0);
  const mean = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  const spread = Math.sqrt(recalls.reduce((sum, recall) => sum + (recall - mean) ** 2, 0) / recalls.length);
  return h(
    'div',
    { key: prefix, class: 'confusion' },
    h('h3', {}, text, ' ', h('small', {}, meaning)),
    h(
      'table',
      { class: 'map square', role: 'grid', onkeydown: gridKeys },
      h('caption', { class: 'unseen' }, `${text}: what was chosen, in percent, by where the right option stood`),
      h(
        'thead',
        {},
        h('tr', {}, h('th', { scope: 'col', class: 'corner' }, 'right ↓ chosen →'), columns.map((chosen) => h('th', { key: chosen, scope: 'col' }, chosen)), h('th', { scope: 'col', class: 'number' }, 'n')),
      ),
      h(
        'tbody',
        {},
        rows.map((right, i) =>
          h(
            'tr',
            { key: right },
            h('th', { scope: 'row' }, right),
            columns.map((chosen, j) => {
              const share = cell(right, chosen)?.mean ?? 0;
              const tip = `Right option at ${right}, ${chosen === 'none' ? 'nothing' : chosen} chosen\n${percent(share)} % of ${count(total(right))} answers`;
              const tone = shade(share);
              return h(
                'td',
                { key: chosen, class: tone.class + (chosen === right ? ' diagonal' : ''), tabindex: i === 0 && j === 0 ? '0' : '-1', 'data-tip': tip, 'aria-label': tip.replace('\n', ': ') },
                percent(share),
              );
            }),
            h('td', { class: 'number quiet' }, count(total(right))),
          ),
        ),
      ),
    ),
    rows.length === places.length && h('p', { class: 'note' }, term('spread of the diagonal', WORDS.spread), ': ', h('b', {}, percent(spread) + ' points')),
  );
}
