// Lines with bands over uPlot. The chart is a picture of a table that stands below it; colours are read from the page's style.

import uPlot from './uPlot.esm.js';
import { h } from './dom.js';

const charts = new WeakMap();

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function resolved(colour) {
  const name = /^var\((--[\w-]+)\)$/.exec(colour);
  return name ? style(name[1]) : colour;
}

function faded(colour) {
  return resolved(colour) + '2e';
}

/** The place of a chart; draw fills it. */
export function chart(key, label) {
  // The element is its own: what is in it belongs to uPlot.
  return h('div', { key, own: true, class: 'chart', role: 'img', 'aria-label': label, 'data-chart': key });
}

/**
 * Draws all charts of the page as they now are.
 *
 * A chart is {x: values, labels: what x is called at each value, or null for times in seconds, lines: [{name, colour, values, low, high}],
 * unit, range}.
 */
export function draw(root, specs) {
  for (const node of root.querySelectorAll('[data-chart]')) {
    const spec = specs.get(node.dataset.chart);
    if (spec) {
      drawOne(node, spec);
    }
  }
}

function drawOne(node, spec) {
  const width = Math.max(240, node.clientWidth);
  const height = Math.round(Math.min(Math.max(220, width * 0.42), innerHeight * 0.6));
  const look = JSON.stringify([spec.lines.map((line) => [line.name, line.colour, Boolean(line.low)]), spec.labels === null, spec.unit, style('--ink'), style('--paper')]);
  const data = [spec.x, ...spec.lines.flatMap((line) => (line.low ? [line.values, line.low, line.high] : [line.values]))];
  let held = charts.get(node);
  if (held && held.look !== look) {
    held.plot.destroy();
    held = undefined;
  }
  if (!held) {
    node.replaceChildren();
    held = { look, spec };
    held.plot = new uPlot(options(held, width, height), data, node);
    charts.set(node, held);
  }
  held.spec = spec;
  if (held.width !== width || held.height !== height) {
    held.width = width;
    held.height = height;
    held.plot.setSize({ width, height });
  }
  held.plot.setData(data);
}

function options(held, width, height) {
  const spec = held.spec;
  const series = [{ label: spec.labels === null ? 'time' : 'at', value: (_, value) => (value === null ? '–' : shownX(held, value)) }];
  const bands = [];
  for (const line of spec.lines) {
    const at = series.length;
    series.push({
      label: line.name,
      stroke: resolved(line.colour),
      width: 2,
      points: { show: spec.labels !== null && spec.x.length < 60, size: 7, fill: resolved(line.colour) },
      spanGaps: true,
      value: (_, value) => (value === null || value === undefined ? '–' : value.toFixed(1) + ' ' + held.spec.unit),
    });
    if (line.low) {
      series.push({ label: '', stroke: 'transparent', points: { show: false }, spanGaps: true });
      series.push({ label: '', stroke: 'transparent', points: { show: false }, spanGaps: true });
      bands.push({ series: [at + 2, at + 1], fill: faded(line.colour) });
    }
  }
  const axis = {
    stroke: style('--quiet'),
    grid: { stroke: style('--line'), width: 1 },
    ticks: { stroke: style('--line'), width: 1 },
    font: '13px system-ui, sans-serif',
  };
  return {
    width,
    height,
    series,
    bands,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 9 } },
    scales: {
      x: { time: false, range: () => [held.spec.x[0] - (held.spec.x.length < 2 ? 1 : 0), held.spec.x.at(-1) + (held.spec.x.length < 2 ? 1 : 0)] },
      y: { range: (_, low, high) => spec.range ?? [0, Math.max(1, (high ?? 1) * 1.1)] },
    },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((tick) => shownX(held, tick)), incrs: spec.labels === null ? undefined : [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000, 50000, 100000], space: spec.labels === null ? 60 : 110 },
      { ...axis, size: 60, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString('en') + (held.spec.unit === '%' ? ' %' : '')) },
    ],
    padding: [12, 16, 0, 0],
  };
}

function shownX(held, value) {
  const { labels, x } = held.spec;
  if (labels === null) {
    return new Date(value * 1000).toLocaleTimeString('en-GB');
  }
  const at = x.indexOf(value);
  return at === -1 ? '' : labels[at];
}
