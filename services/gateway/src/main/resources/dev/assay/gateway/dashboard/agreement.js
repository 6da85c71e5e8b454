// (d) Which models answer alike, and which make the same mistakes.

import { h } from './dom.js';
import { WORDS, card, empty, gridKeys, legend, names, said, shade, term } from './parts.js';
import { percent } from './words.js';

export const title = 'Agreement';
export const lead = 'Which models answer alike, and which share their mistakes.';

export function view({ store, runs }) {
  const found = runs.filter((run) => store.cells(run, 'RUN', 'same_answer', '*').size > 0);
  if (found.length === 0) {
    return empty('Nothing to compare yet', 'Agreement needs two models that answered the same question: assay eval --models A,B …');
  }
  return h(
    'div',
    {},
    found.map((run) =>
      h(
        'div',
        { key: run, class: 'side-by-side' },
        matrix(store, run, 'same_answer', found.length > 1 ? `${run}: same answer` : 'Same answer', WORDS.agreement),
        matrix(store, run, 'same_wrong_answer', found.length > 1 ? `${run}: same wrong answer` : 'Same wrong answer', WORDS.sameWrong),
      ),
    ),
  );
}

function matrix(store, run, metric, heading, meaning) {
  const rows = [...store.cells(run, 'RUN', metric, '*').values()].filter((row) => !row.model.startsWith('@') && !row.other.startsWith('@'));
  const all = [...new Set(rows.flatMap((row) => [row.who, row.other]))].sort();
  const both = rows.flatMap((row) => [row, { model: row.other.slice(0, row.other.lastIndexOf('@')), checkpoint: row.other.slice(row.other.lastIndexOf('@') + 1) }]);
  const name = names(both);
  const of = new Map();
  for (const row of rows) {
    of.set(row.who + '\n' + row.other, row);
    of.set(row.other + '\n' + row.who, row);
  }
  const counted = rows.filter((row) => row.n > 0);
  if (counted.length === 0) {
    return card(heading, h('p', { class: 'note' }, meaning), empty('No such question', 'There is no question yet that both of a pair got wrong.'));
  }
  // Few pairs, or pairs that are all alike, would make a scale that exaggerates.
  const means = counted.map((row) => row.mean);
  const whole = means.length < 3 || Math.max(...means) - Math.min(...means) < 0.1;
  const low = whole ? 0 : Math.min(...means);
  const high = whole ? 1 : Math.max(...means);
  return card(
    heading,
    h('p', { class: 'note' }, meaning),
    legend(low, high),
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': heading },
      h(
        'table',
        { class: 'map square', role: 'grid', onkeydown: gridKeys },
        h('thead', {}, h('tr', {}, h('th', { scope: 'col', class: 'corner' }, 'in %'), all.map((who) => h('th', { key: who, scope: 'col', class: 'slant' }, h('span', {}, name(who)))))),
        h(
          'tbody',
          {},
          all.map((first, i) =>
            h(
              'tr',
              { key: first },
              h('th', { scope: 'row' }, name(first)),
              all.map((second, j) => {
                const row = of.get(first + '\n' + second);
                if (first === second) {
                  return h('td', { key: second, class: 'none', tabindex: '-1', 'aria-label': 'the same model' }, '');
                }
                if (!row || row.n === 0) {
                  return h('td', { key: second, class: 'none', tabindex: '-1', 'aria-label': `${name(first)} and ${name(second)}: no such question` }, '·');
                }
                const tip = `${name(first)} and ${name(second)}\n${said(row)}`;
                return h('td', { key: second, ...shade(row.mean, low, high), tabindex: i === 0 && j === 1 ? '0' : '-1', 'data-tip': tip, 'aria-label': tip.replace('\n', ': ') }, percent(row.mean));
              }),
            ),
          ),
        ),
      ),
    ),
    h('p', { class: 'note' }, 'Mean over all pairs: ', h('b', {}, percent(counted.reduce((sum, row) => sum + row.mean, 0) / counted.length) + ' %'), ' of ', term('n', WORDS.n), ' questions each.'),
  );
}
