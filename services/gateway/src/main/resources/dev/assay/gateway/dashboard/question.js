// (h) One question: its text, the orders in which it was asked, what each model made of it, and where all of these records lie.

import { h } from './dom.js';
import { WORDS, card, empty, term } from './parts.js';
import { count, metricName, percent, typeName, virtualMeaning } from './words.js';

export const title = 'Questions';
export const lead = 'One question at a time: what was asked, what each model chose, and why.';

/** What was fetched, by address; an entry is loading, failed or there. */
const fetched = new Map();
const KEPT = 50;

function fetchOnce(address, redraw) {
  if (!fetched.has(address)) {
    if (fetched.size >= KEPT) {
      fetched.delete(fetched.keys().next().value);
    }
    const entry = { state: 'loading' };
    fetched.set(address, entry);
    fetch(address)
      .then(async (response) => {
        const body = await response.json();
        Object.assign(entry, response.ok ? { state: 'there', body } : { state: 'failed', why: body.error?.message ?? `status ${response.status}` });
      })
      .catch((error) => Object.assign(entry, { state: 'failed', why: String(error) }))
      .finally(redraw);
  }
  return fetched.get(address);
}

function again(address, redraw) {
  fetched.delete(address);
  redraw();
}

function waiting(entry, address, redraw) {
  return entry.state === 'loading'
    ? h('div', { class: 'loading', role: 'status' }, h('i', {}), h('i', {}), h('p', {}, 'Reading the log …'))
    : h('div', { class: 'empty' }, h('h3', {}, 'That could not be read'), h('p', {}, entry.why), h('button', { type: 'button', onclick: () => again(address, redraw) }, 'Try again'));
}

export function view({ runs, query, go, redraw }) {
  const run = runs[0];
  const id = query.get('id');
  return id ? detail(run, id, go, redraw) : list(run, query, go, redraw);
}

function list(run, query, go, redraw) {
  const task = query.get('task') ?? '';
  const address = `/v1/runs/${encodeURIComponent(run)}/questions?${new URLSearchParams({ task, limit: '200' })}`;
  const entry = fetchOnce(address, redraw);
  const search = h(
    'form',
    {
      class: 'choices',
      onsubmit: (event) => {
        event.preventDefault();
        const form = new FormData(event.target);
        go({ task: form.get('task') || null, id: form.get('id') || null });
      },
    },
    h('label', { class: 'choice' }, h('span', {}, 'Task begins with'), h('input', { name: 'task', type: 'text', value: task, placeholder: 'mmlu/' })),
    h('label', { class: 'choice' }, h('span', {}, 'or question’s id'), h('input', { name: 'id', type: 'text', value: '' })),
    h('button', { type: 'submit' }, 'Show'),
    h('button', { type: 'button', onclick: () => again(address, redraw) }, 'Read again'),
  );
  if (entry.state !== 'there') {
    return h('div', {}, search, waiting(entry, address, redraw));
  }
  const questions = entry.body.data;
  return h(
    'div',
    {},
    search,
    questions.length === 0
      ? empty('No such question', 'This run has no question of a task that begins so.')
      : card(
          `Questions of ${run}, the hardest first`,
          h('p', { class: 'note' }, `${count(entry.body.found)} found${entry.body.complete ? '' : ' within the time; there are more, name a task to see others'}, ${count(questions.length)} shown. Wrong: by the vote over all orders.`),
          h(
            'div',
            { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of questions' },
            h(
              'table',
              { class: 'plain' },
              h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'question'), h('th', { scope: 'col' }, 'task'), h('th', { scope: 'col', class: 'number' }, 'models wrong'))),
              h(
                'tbody',
                {},
                questions.map((one) =>
                  h(
                    'tr',
                    { key: one.id },
                    h('th', { scope: 'row', class: 'text' }, h('a', { href: '#/question?' + new URLSearchParams({ run, id: one.id }) }, one.text || one.id)),
                    h('td', { class: 'quiet' }, one.task),
                    h('td', { class: 'number' }, one.judged === 0 ? '–' : `${one.wrong} of ${one.judged}`),
                  ),
                ),
              ),
            ),
          ),
        ),
  );
}

function detail(run, id, go, redraw) {
  const address = `/v1/runs/${encodeURIComponent(run)}/questions/${id.split('/').map(encodeURIComponent).join('/')}`;
  const entry = fetchOnce(address, redraw);
  const back = h('p', {}, h('a', { href: '#/question?' + new URLSearchParams({ run }) }, '← all questions of ' + run), ' ', h('button', { type: 'button', onclick: () => again(address, redraw) }, 'Read again'));
  if (entry.state !== 'there') {
    return h('div', {}, back, waiting(entry, address, redraw));
  }
  const { prompts, answers, verdicts, complete } = entry.body;
  const prompt = prompts[0]?.record;
  const standing = latest(verdicts);
  return h(
    'div',
    { key: address },
    back,
    !complete && h('p', { class: 'notice' }, 'The log was too long to be read to its end within the time; there may be more records.'),
    prompt && asked(prompt),
    outcomes(prompt, standing, latest(answers)),
    bases(standing),
    records([...prompts, ...answers, ...verdicts], address),
  );
}

/** Of each model and checkpoint the last record. */
function latest(found) {
  const last = new Map();
  for (const one of found) {
    const who = one.record.model + '@' + one.record.checkpoint;
    if (!last.has(who) || last.get(who).at <= one.at) {
      last.set(who, one);
    }
  }
  return [...last.values()].sort((a, b) => a.record.model.startsWith('@') - b.record.model.startsWith('@') || (a.record.model < b.record.model ? -1 : 1));
}

function letter(option) {
  return option < 0 ? 'none' : String.fromCharCode(65 + option);
}

function asked(prompt) {
  const choice = prompt.ask.options !== undefined;
  return card(
    prompt.id,
    h('p', { class: 'note' }, prompt.task, prompt.taskType ? ` · ${typeName(prompt.taskType)}` : '', prompt.source ? ` · from ${prompt.source}` : '', prompt.perturbation ? ' · a perturbed copy' : ''),
    h('p', { class: 'question' }, choice ? prompt.ask.question : prompt.ask.input),
    choice &&
      h(
        'ol',
        { class: 'options' },
        prompt.ask.options.map((option, i) => {
          const right = prompt.ask.gold.includes(i);
          return h('li', { key: String(i), class: right ? 'right' : '' }, h('b', {}, letter(i)), h('span', {}, option), right && h('small', {}, '✓ right'));
        }),
      ),
    !choice && h('div', { class: 'references' }, h('b', {}, 'Right: '), prompt.ask.references.join(' / ')),
    prompt.prefix && h('details', {}, h('summary', {}, 'What stands before it: instructions and worked examples'), h('pre', {}, prompt.prefix)),
  );
}

function outcomes(prompt, verdicts, answers) {
  if (verdicts.length === 0) {
    return card('Votes', empty('No verdict yet', answers.length > 0 ? 'Answers are there; the ballot has not judged them yet.' : 'No model has answered yet.'));
  }
  const choices = verdicts.filter((one) => one.record.outcome.options !== undefined);
  const texts = verdicts.filter((one) => one.record.outcome.options === undefined);
  return card(
    'What each model chose',
    choices.length > 0 && votes(choices, answers),
    texts.map((one) => text(one, answers)),
  );
}

function votes(verdicts, answers) {
  const options = Array.from({ length: Math.max(...verdicts.map((one) => one.record.outcome.options)) }, (_, i) => i);
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of votes' },
      h(
        'table',
        { class: 'map votes' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'model'),
            h('th', { scope: 'col' }, 'published order'),
            h('th', { scope: 'col' }, term('after voting', WORDS.voting)),
            options.map((option) => h('th', { key: String(option), scope: 'col' }, letter(option) + ', %')),
            h('th', { scope: 'col', class: 'number' }, term('orders', WORDS.order)),
          ),
        ),
        h(
          'tbody',
          {},
          verdicts.map((one) => {
            const { outcome, model, checkpoint } = one.record;
            const decided = outcome.voted?.decision ?? outcome.meanLogProb;
            const probabilities = outcome.voted?.probabilities?.length ? outcome.voted.probabilities : outcome.probabilities;
            const meaning = virtualMeaning(model);
            return h(
              'tr',
              { key: model + '@' + checkpoint, class: model.startsWith('@') ? 'virtual' : '' },
              h('th', { scope: 'row' }, meaning ? term(model, meaning) : h('span', { class: 'model', title: checkpoint }, model)),
              mark(outcome.one),
              mark(decided),
              options.map((option) => {
                const share = probabilities[option];
                return share === undefined
                  ? h('td', { key: String(option), class: 'none' }, '–')
                  : h('td', { key: String(option), class: 'shade-' + Math.round(share * 10) + (outcome.right.includes(option) ? ' diagonal' : '') }, percent(share));
              }),
              h('td', { class: 'number' }, outcome.votes.length === 0 ? '–' : count(outcome.votes.length)),
            );
          }),
        ),
      ),
    ),
    h('p', { class: 'note' }, 'A framed cell is the right option. Probabilities are those of the vote over all orders.'),
    verdicts.filter((one) => !one.record.model.startsWith('@') && one.record.outcome.votes.length > 0).map((one) => orders(one, answers)),
  );
}

function mark(decision) {
  return h('td', { class: decision.right ? 'good' : 'bad' }, (decision.right ? '✓ ' : '✗ ') + letter(decision.option));
}

/** Each order with the probability of each option in it, as the model gave them. */
function orders(verdict, answers) {
  const { model, checkpoint, outcome } = verdict.record;
  const answer = answers.find((one) => one.record.model === model && one.record.checkpoint === checkpoint);
  const given = new Map((answer?.record.outcome.votes ?? []).map((vote) => [vote.order.join(), vote.logProbs]));
  return h(
    'details',
    { key: model + '@' + checkpoint },
    h('summary', {}, `${model}: ${count(outcome.votes.length)} order${outcome.votes.length === 1 ? '' : 's'}, one by one`),
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `Orders that ${model} answered` },
      h(
        'table',
        { class: 'map votes' },
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'options stood as'), h('th', { scope: 'col' }, 'chose'), Array.from({ length: outcome.options }, (_, i) => h('th', { key: String(i), scope: 'col' }, letter(i) + ', %')))),
        h(
          'tbody',
          {},
          outcome.votes.map((vote) => {
            const shares = byOption(vote.order, given.get(vote.order.join()), outcome.options);
            return h(
              'tr',
              { key: vote.order.join() },
              h('th', { scope: 'row' }, vote.order.map(letter).join(' ')),
              mark({ option: vote.option, right: outcome.right.includes(vote.option) }),
              Array.from({ length: outcome.options }, (_, option) =>
                shares ? h('td', { key: String(option), class: 'shade-' + Math.round(shares[option] * 10) + (outcome.right.includes(option) ? ' diagonal' : '') }, percent(shares[option])) : h('td', { key: String(option), class: 'none' }, '–'),
              ),
            );
          }),
        ),
      ),
    ),
  );
}

function byOption(order, logProbs, options) {
  if (!logProbs || logProbs.length !== options || order.length !== options) {
    return null;
  }
  const highest = Math.max(...logProbs);
  const weights = logProbs.map((log) => Math.exp(log - highest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares = new Array(options);
  order.forEach((option, position) => {
    shares[option] = weights[position] / sum;
  });
  return shares;
}

function text(verdict, answers) {
  const { model, checkpoint, outcome } = verdict.record;
  const answer = answers.find((one) => one.record.model === model && one.record.checkpoint === checkpoint);
  const scores = Object.entries(outcome.scores ?? {}).map(([metric, value]) => `${metricName(metric)} ${percent(value)} %`);
  return h(
    'div',
    { key: model + '@' + checkpoint, class: 'answer' },
    h('h3', {}, model, ' ', h('small', {}, scores.join(' · '))),
    h('pre', {}, outcome.text ?? answer?.record.outcome.text ?? '(the text is not in the log any more)'),
  );
}

/** Why virtual models decided as they did. */
function bases(verdicts) {
  const based = verdicts.filter((one) => one.record.basis);
  if (based.length === 0) {
    return null;
  }
  return card(
    'Route and evidence',
    based.map((one) => {
      const { model, basis } = one.record;
      return h(
        'div',
        { key: model, class: 'basis' },
        h('h3', {}, model, ' ', h('small', {}, basis.rule)),
        h('p', {}, basis.chosen ? [h('b', {}, basis.chosen), ' was chosen. '] : null, basis.reason),
        basis.evidence.length > 0 && h('ul', { class: 'evidence' }, basis.evidence.map((line) => h('li', {}, line))),
        basis.members.length > 0 &&
          h('p', { class: 'note' }, 'Members: ', basis.members.map((member) => `${member.model} ${letter(member.option)} (weight ${member.weight.toPrecision(2)})`).join(', '), basis.missing.length > 0 ? `; not yet there: ${basis.missing.join(', ')}` : ''),
      );
    }),
  );
}

function records(all, address) {
  return card(
    'Where it lies',
    h('p', { class: 'note' }, 'Each record by ', term('topic, partition and offset', WORDS.offset), '. ', h('a', { href: address }, 'All of it as JSON')),
    all.map((one) =>
      h(
        'details',
        { key: `${one.topic}/${one.partition}/${one.offset}`, class: 'record' },
        h('summary', {}, h('code', {}, `${one.topic}/${one.partition}/${one.offset}`), ' ', h('small', {}, one.record.model ? one.record.model + ' · ' : '', new Date(one.at).toLocaleString('en-GB'))),
        h('pre', {}, JSON.stringify(one.record, null, 2)),
      ),
    ),
  );
}
