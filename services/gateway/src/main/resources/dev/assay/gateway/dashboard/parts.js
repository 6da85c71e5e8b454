// Parts that several views are made of.

import { h } from './dom.js';
import { WORDS, compareMetrics, count, isScore, metricMeaning, metricName, percent, virtualMeaning } from './words.js';

/** A word with its meaning, which shows on hover and focus and is read by screen readers. */
export function term(text, meaning) {
  return h('button', { type: 'button', class: 'term', 'data-tip': meaning, 'aria-description': meaning }, text);
}

export function empty(title, ...text) {
  return h('div', { class: 'empty' }, h('h3', {}, title), h('p', {}, ...text));
}

export function card(title, ...children) {
  return h('section', { class: 'card' }, h('h2', {}, title), ...children);
}

export function select(label, value, options, onchange) {
  return h(
    'label',
    { class: 'choice' },
    h('span', {}, label),
    h(
      'select',
      { value, onchange: (event) => onchange(event.target.value) },
      options.map(([key, text]) => h('option', { key, value: key, selected: key === value }, text)),
    ),
  );
}

/** Colours for models, by the order of their names; told apart by people who do not see red or green as well (Okabe and Ito). */
export function colour(index) {
  return 'var(--series-' + ((index % 8) + 1) + ')';
}

/** As little of a model's name as tells it from the others: the checkpoint only where a model has two. */
export function names(rows) {
  const checkpoints = new Map();
  for (const row of rows) {
    if (row.checkpoint !== '') {
      checkpoints.set(row.model, (checkpoints.get(row.model) ?? new Set()).add(row.checkpoint));
    }
  }
  return (who) => {
    const at = who.lastIndexOf('@');
    const model = who.slice(0, at);
    return (checkpoints.get(model)?.size ?? 0) > 1 ? model + '@' + who.slice(at + 1, at + 9) : model;
  };
}

export function modelName(text, who) {
  const meaning = who.startsWith('@') ? virtualMeaning('@' + who.slice(1).split('@')[0]) : undefined;
  const long = 'Model ' + who;
  return meaning ? term(text, meaning) : h('span', { class: 'model', title: long }, text);
}

/** The scores that a run has in a scope, the most telling first. */
export function scores(store, run, scope = 'RUN') {
  return [...store.scope(run, scope).keys()].filter(isScore).sort(compareMetrics);
}

/** The scores of all runs that are looked at. */
export function scoresOf(store, runs, scope = 'RUN') {
  return [...new Set(runs.flatMap((run) => scores(store, run, scope)))].sort(compareMetrics);
}

export function metricChoice(all, metric, onchange, extra = []) {
  return h(
    'div',
    { class: 'choice-with-note' },
    select('Measured by', metric, [...extra, ...all.map((one) => [one, metricName(one)])], onchange),
    all.includes(metric) && h('p', { class: 'note' }, metricMeaning(metric)),
  );
}

export function said(row) {
  return `${percent(row.mean)} %` + (row.low === null ? '' : `, 95 % between ${percent(row.low)} and ${percent(row.high)}`) + `, n = ${count(row.n)}`;
}

/** A share as a point on a line from 0 to 100 with its interval as whiskers. */
export function whiskers(row, tone, marks = []) {
  const place = (share) => (100 * share).toFixed(2) + '%';
  return h(
    'div',
    { class: 'whiskers', 'aria-hidden': 'true' },
    marks.map((mark) => h('i', { class: 'mark', style: { left: place(mark) } })),
    row.low !== null && h('i', { class: 'range', style: { left: place(row.low), width: place(row.high - row.low), color: tone } }),
    h('i', { class: 'point', style: { left: place(row.mean), background: tone } }),
  );
}

/** The colour of a share in a map, and of the text on it. */
export function shade(share, low = 0, high = 1) {
  const part = Math.max(0, Math.min(1, (share - low) / (high - low || 1)));
  return { class: 'shade-' + Math.round(part * 10) };
}

export function legend(low, high, text) {
  return h(
    'p',
    { class: 'legend' },
    h('span', {}, percent(low) + ' %'),
    h('span', { class: 'ramp', 'aria-hidden': 'true' }, Array.from({ length: 11 }, (_, i) => h('i', { class: 'shade-' + i }))),
    h('span', {}, percent(high) + ' %'),
    text && h('span', {}, text),
  );
}

/** Arrow keys move through the cells of a table; one cell at a time takes part in the order of the tab key. */
export function gridKeys(event) {
  const cell = event.target.closest('td[tabindex], th[tabindex]');
  const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const move = moves[event.key];
  if (!cell || !move) {
    return;
  }
  event.preventDefault();
  const row = cell.parentElement;
  const rows = [...row.parentElement.children];
  const target = rows[rows.indexOf(row) + move[0]]?.children[[...row.children].indexOf(cell) + move[1]];
  if (target?.hasAttribute('tabindex')) {
    target.focus();
  }
}

export { WORDS };
