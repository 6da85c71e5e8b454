// The frame: which view of which runs the address names, what is going on in a sentence, and whether the figures are fresh.

import * as agreement from './agreement.js';
import { draw } from './chart.js';
import * as cost from './cost.js';
import { h, render } from './dom.js';
import * as flow from './flow.js';
import * as leaderboard from './leaderboard.js';
import { WORDS, empty, names, scores, term } from './parts.js';
import * as positions from './positions.js';
import * as question from './question.js';
import * as series from './series.js';
import { Store } from './store.js';
import * as tasks from './tasks.js';
import { duration, percent, plural } from './words.js';

const VIEWS = { leaderboard, tasks, series, agreement, positions, cost, flow, question };
const MOST_RUNS = 8;
const THEME = 'assay-theme';
const PACE_SECONDS = 30;

const at = (id) => document.getElementById(id);
const store = new Store();
const spoken = { status: null, quarters: new Map(), text: '' };

/** What the address says: #/VIEW?run=A&run=B&… */
function address() {
  const [path, search] = location.hash.replace(/^#\/?/, '').split('?');
  const query = new URLSearchParams(search ?? '');
  return { name: path in VIEWS ? path : 'leaderboard', query };
}

function hash(name, query) {
  const text = query.toString();
  return '#/' + name + (text ? '?' + text : '');
}

/** Changes some of the address; a value that is null goes. */
function go(changes, name = address().name) {
  const { query } = address();
  for (const [key, value] of Object.entries(changes)) {
    query.delete(key);
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null) {
        query.append(key, one);
      }
    }
  }
  location.hash = hash(name, query);
}

/** The runs that the address names; without any the newest. */
function chosen(query) {
  const named = [...new Set(query.getAll('run'))].slice(0, MOST_RUNS);
  return named.length > 0 ? named : store.runList.slice(0, 1).map((run) => run.name);
}

function redraw() {
  const { name, query } = address();
  const runs = chosen(query);
  const view = VIEWS[name];
  store.want(runs, Boolean(view.history));
  document.title = `${view.title} · ${runs.join(', ') || 'Assay'}`;
  render(at('top'), ...top(runs, query));
  render(at('notice'), notice());
  render(at('summary'), ...runs.map((run) => summary(run, name)));
  render(at('views'), ...tabs(name, query));
  const charts = new Map();
  render(at('view'), ...content(view, runs, query, charts));
  draw(at('view'), charts);
  // For style, and for programs that look at the page: which address is shown, and how fresh.
  document.documentElement.dataset.phase = store.stale ? 'stale' : store.has(runs, Boolean(view.history)) ? store.phase : 'loading';
  document.documentElement.dataset.shown = location.hash;
  render(at('words'), words());
  announce(runs);
}

function content(view, runs, query, charts) {
  const heading = h('h1', {}, view.title, h('small', {}, view.lead));
  const had = store.has(runs, Boolean(view.history));
  if ((store.phase === 'loading' && !store.failed) || (store.phase === 'live' && !had)) {
    return [heading, h('div', { class: 'loading', role: 'status' }, h('i', {}), h('i', {}), h('i', {}), h('p', {}, 'Reading the tables …'))];
  }
  if (store.phase === 'loading') {
    return [heading, empty('The gateway does not answer', 'It is tried again every few seconds. Is “assay up” or “assay gateway” still running?')];
  }
  if (runs.length === 0) {
    return [
      heading,
      h(
        'div',
        { class: 'empty' },
        h('h3', {}, 'No evaluation has been started yet'),
        h('p', {}, 'Start one in a terminal; it appears here by itself:'),
        h('pre', {}, './assay eval --models smollm2-135m-instruct,minilm --tasks starter --orders all'),
      ),
    ];
  }
  const missing = runs.filter((run) => !store.run(run) && !store.tables.runs.has(run));
  if (missing.length > 0 && missing.length === runs.length) {
    return [heading, empty(`There is no run ${missing.join(', ')}`, 'It appears here as soon as it begins. Choose another above.')];
  }
  try {
    return [heading, view.view({ store, runs: runs.filter((run) => !missing.includes(run)), query, go, charts, redraw: schedule })];
  } catch (error) {
    console.error(error);
    return [heading, empty('This view failed', 'That is an error of the dashboard; the browser’s console says more. The other views go on.')];
  }
}

let frame = null;
function schedule() {
  frame ??= requestAnimationFrame(() => {
    frame = null;
    measured();
  });
}

/** Redraws and leaves in the page how long that took, layout included: the benchmark and the tests read it. */
function measured() {
  const begin = performance.now();
  redraw();
  void document.body.offsetHeight;
  const millis = performance.now() - begin;
  window.assayRedraws ??= [];
  window.assayRedraws.push({ at: performance.timeOrigin + performance.now(), millis, rows: store.tables.size });
  if (window.assayRedraws.length > 1_000) {
    window.assayRedraws.shift();
  }
}

function top(runs, query) {
  return [
    h('a', { class: 'brand', href: '#/leaderboard' }, h('img', { src: '/dashboard/icon.svg', alt: '', width: '28', height: '28' }), h('b', {}, 'Assay')),
    picker(runs, query),
    status(),
    h('button', { type: 'button', class: 'theme', onclick: turnTheme, 'aria-label': 'Switch between light and dark' }, dark() ? '☀' : '☾'),
  ];
}

function picker(runs, query) {
  const list = store.runList;
  const follows = query.getAll('run').length === 0;
  return h(
    'details',
    { class: 'picker', onkeydown: (event) => event.key === 'Escape' && ((event.currentTarget.open = false), event.currentTarget.firstChild.focus()) },
    h('summary', {}, h('span', { class: 'quiet' }, runs.length > 1 ? 'Runs' : 'Run'), ' ', h('b', {}, runs.join(' · ') || 'none'), follows && runs.length > 0 && h('small', {}, ' newest')),
    h(
      'div',
      { class: 'sheet' },
      h('p', { class: 'note' }, `Up to ${MOST_RUNS} side by side. `, h('button', { type: 'button', onclick: () => go({ run: null }) }, 'Always the newest')),
      h(
        'ul',
        {},
        list.slice(0, 300).map((run) =>
          h(
            'li',
            { key: run.name },
            h(
              'label',
              {},
              h('input', {
                type: 'checkbox',
                checked: runs.includes(run.name),
                onchange: (event) => {
                  const next = event.target.checked ? [...runs, run.name] : runs.filter((name) => name !== run.name);
                  if (next.length > MOST_RUNS || next.length === 0) {
                    event.target.checked = !event.target.checked;
                  } else {
                    go({ run: next });
                  }
                },
              }),
              h('span', {}, run.name),
              h('small', {}, state(run), ', ', plural(run.models.length, 'model'), ', ', new Date(run.createdAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })),
            ),
          ),
        ),
      ),
    ),
  );
}

function state(run) {
  return { RUNNING: 'running', DONE: 'done', STOPPED: 'stopped' }[run.state] ?? run.state;
}

/** Fresh, or since when not. */
function status() {
  const [tone, text] = standing();
  return h('p', { class: 'status ' + tone }, h('i', { 'aria-hidden': 'true' }), text);
}

function standing() {
  if (store.phase === 'loading') {
    return store.failed ? ['bad', 'not connected'] : ['wait', 'loading'];
  }
  if (store.stale) {
    return ['bad', 'connection lost'];
  }
  return store.brokerAway ? ['bad', 'broker away'] : ['good', 'live'];
}

function notice() {
  if (store.phase === 'loading' || (!store.stale && !store.brokerAway)) {
    return null;
  }
  const since = store.stale ? store.heardAt : Date.parse(store.flow?.answered ?? '') || store.heardAt;
  const time = new Date(since).toLocaleTimeString('en-GB');
  return h(
    'p',
    { class: 'notice', role: 'status' },
    store.stale
      ? `The figures stand still since ${time}: the gateway does not answer. It is tried again by itself.`
      : `The figures stand still since ${time}: the gateway does not hear from the broker. Nothing is lost; they move on when it is back.`,
  );
}

function summary(name, view) {
  const run = store.run(name);
  const flowOf = store.flowOf(name);
  if (!run && flowOf.prompts === 0) {
    return h('article', { key: name, class: 'run' });
  }
  const expected = Math.max(run?.expected ?? 0, flowOf.prompts);
  const settled = flowOf.verdicts + flowOf.dead;
  const share = expected === 0 ? 0 : settled / expected;
  const questions = run ? run.tasks.reduce((sum, task) => sum + task.prompts, 0) : 0;
  const how = run ? `${plural(run.models.length, 'model')} ${run.models.length === 1 ? 'answers' : 'answer'} ${plural(questions, 'question')} of ${plural(run.tasks.length, 'task')}` : 'Another program asks';
  const over = run && run.state !== 'RUNNING';
  return h(
    'article',
    { key: name, class: 'run' },
    h('p', {}, h('b', {}, name), ' ', run && h('span', { class: 'chip ' + run.state.toLowerCase() }, state(run)), ' ', how, ', each in ', term(orders(run?.orders), WORDS.order), '.'),
    h('progress', { max: '1', value: share, 'aria-label': `Judged of run ${name}` }),
    h(
      'p',
      { class: 'progress' },
      h('b', {}, `${percent(share)} %`),
      ': ',
      `${plural(settled, 'answer')} of ${plural(expected, 'answer').split(' ')[0]} `,
      term('judged', WORDS.judged),
      flowOf.dead > 0 && [', ', h('a', { href: hash('flow', new URLSearchParams([['run', name]])), class: 'bad' }, plural(flowOf.dead, 'dead letter'))],
      over ? '.' : `; ${left(name, expected - settled)}.`,
      ' ',
      view === 'leaderboard' ? null : finding(name),
    ),
  );
}

function orders(rule) {
  return { one: 'one order of its options', cyclic: 'all rotations of its options', all: 'all orders of its options' }[rule] ?? `orders of its options (${rule ?? 'unknown'})`;
}

function finding(name) {
  const metric = scores(store, name)[0];
  if (!metric) {
    return null;
  }
  const entries = leaderboard.board(store, name, metric);
  return leaderboard.verdict(entries, names(entries.map((entry) => entry.row)));
}

/** How long it takes yet, by the pace of the last seconds. */
function left(name, pending) {
  const pace = (store.paces.get(name) ?? []).slice(-PACE_SECONDS);
  const first = pace[0];
  const last = pace.at(-1);
  if (!first || last.at - first.at < 3_000) {
    return 'measuring the pace';
  }
  const perSecond = ((last.settled - first.settled) * 1000) / (last.at - first.at);
  return perSecond <= 0 ? 'nothing has come for a while' : `about ${duration(pending / perSecond)} left`;
}

function tabs(current, query) {
  const kept = new URLSearchParams(query.getAll('run').map((run) => ['run', run]));
  return Object.entries(VIEWS).map(([name, view]) => h('a', { key: name, href: hash(name, kept), 'aria-current': name === current ? 'page' : null }, view.title));
}

function words() {
  return [
    h(
      'details',
      {},
      h('summary', {}, 'What the words mean'),
      h(
        'dl',
        {},
        [
          ['Run', WORDS.run],
          ['Task', WORDS.task],
          ['Judged', WORDS.judged],
          ['Order', WORDS.order],
          ['Voting', WORDS.voting],
          ['95 % interval', WORDS.interval],
          ['Rank', WORDS.rank],
          ['Dead letter', WORDS.deadLetter],
          ['Checkpoint', WORDS.checkpoint],
          ['@router', WORDS.router],
          ['@ensemble', WORDS.ensemble],
          ['@oracle', WORDS.oracle],
        ].map(([word, meaning]) => h('div', { key: word }, h('dt', {}, word), h('dd', {}, meaning))),
      ),
    ),
    h('p', {}, 'Every figure is a row of the topic ', h('code', {}, 'assay.metrics'), ' and can be traced to its records. As JSON: ', h('a', { href: '/v1/runs' }, '/v1/runs'), ', ', h('a', { href: '/openapi.json' }, '/openapi.json')),
  ];
}

/** Tells screen readers what has changed in the large: the connection, quarters of a run, its end. */
function announce(runs) {
  const news = [];
  const [, text] = standing();
  if (spoken.status !== text) {
    if (spoken.status !== null) {
      news.push(`Connection: ${text}.`);
    }
    spoken.status = text;
  }
  for (const name of runs) {
    const run = store.run(name);
    const flowOf = store.flowOf(name);
    const quarter = run && run.expected > 0 ? Math.floor((4 * (flowOf.verdicts + flowOf.dead)) / run.expected) : 0;
    if (spoken.quarters.has(name) && spoken.quarters.get(name) !== quarter) {
      news.push(`Run ${name}: ${quarter * 25} % judged. ${finding(name) ?? ''}`);
    }
    spoken.quarters.set(name, quarter);
  }
  if (news.length > 0) {
    spoken.text = news.join(' ');
  }
  render(at('said'), spoken.text);
}

function dark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function turnTheme() {
  const theme = dark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // Without storage the choice holds for this page alone.
  }
  schedule();
}

/** One box for all hints; it shows what an element says in data-tip, on hover and on focus, and goes with Escape. */
function tips() {
  const box = at('tip');
  let shown = null;
  const hide = () => {
    box.hidden = true;
    shown?.removeAttribute('aria-describedby');
    shown = null;
  };
  const show = (event) => {
    const target = event.target.closest?.('[data-tip]');
    if (!target) {
      hide();
      return;
    }
    shown = target;
    box.textContent = target.dataset.tip;
    box.hidden = false;
    const place = target.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const left = Math.max(8, Math.min(place.left + place.width / 2 - size.width / 2, innerWidth - size.width - 8));
    const above = place.top - size.height - 8;
    box.style.setProperty('left', left + 'px');
    box.style.setProperty('top', (above < 8 ? place.bottom + 8 : above) + 'px');
  };
  document.addEventListener('mouseover', show);
  document.addEventListener('focusin', show);
  document.addEventListener('focusout', hide);
  document.addEventListener('click', (event) => event.target.closest?.('[data-tip]') && show(event));
  document.addEventListener('keydown', (event) => event.key === 'Escape' && hide());
  addEventListener('scroll', hide, { passive: true, capture: true });
}

try {
  const theme = localStorage.getItem(THEME);
  if (theme === 'light' || theme === 'dark') {
    document.documentElement.dataset.theme = theme;
  }
} catch {
  // Then the system's choice holds.
}
tips();
store.onChange(schedule);
addEventListener('resize', schedule);
addEventListener('hashchange', () => {
  document.querySelector('.picker')?.contains(document.activeElement) || scrollTo(0, 0);
  schedule();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', schedule);
document.addEventListener('click', (event) => {
  const open = document.querySelector('.picker[open]');
  if (open && !open.contains(event.target)) {
    open.open = false;
  }
});
window.assayStore = store;
measured();
