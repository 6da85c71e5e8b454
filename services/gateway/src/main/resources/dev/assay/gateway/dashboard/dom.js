// Trees of plain objects, and a patch that brings the page to a tree. Texts become text nodes and attributes stay attributes: nothing that comes
// from a record is ever read as HTML. What has not changed is not touched, so that focus, selection and scrolling stay where they are.

const SVG = 'http://www.w3.org/2000/svg';
const SVG_TAGS = new Set(['svg', 'g', 'line', 'rect', 'circle', 'path', 'text', 'polyline', 'polygon', 'title', 'desc']);

/** An element: a tag, properties, children. Properties beginning with "on" are listeners; style is an object; key tells siblings apart. */
export function h(tag, props, ...children) {
  const flat = [];
  flatten(children, flat);
  return { tag, props: props ?? {}, children: flat };
}

function flatten(children, into) {
  for (const child of children) {
    if (Array.isArray(child)) {
      flatten(child, into);
    } else if (child !== null && child !== undefined && child !== false) {
      into.push(typeof child === 'object' ? child : String(child));
    }
  }
}

/** Makes the children of an element those of the trees. */
export function render(parent, ...trees) {
  const flat = [];
  flatten(trees, flat);
  patchChildren(parent, flat);
}

function create(tree, svg) {
  if (typeof tree === 'string') {
    return document.createTextNode(tree);
  }
  const inSvg = svg || tree.tag === 'svg';
  const node = inSvg && SVG_TAGS.has(tree.tag) ? document.createElementNS(SVG, tree.tag) : document.createElement(tree.tag);
  node.assayKey = tree.props.key;
  node.assayProps = {};
  node.assayTree = tree;
  patchProps(node, tree.props);
  patchChildren(node, tree.children);
  return node;
}

function fits(node, tree) {
  if (typeof tree === 'string') {
    return node.nodeType === Node.TEXT_NODE;
  }
  return node.nodeType === Node.ELEMENT_NODE && node.localName === tree.tag && node.assayKey === tree.props.key;
}

function patchChildren(parent, trees) {
  const svg = parent.namespaceURI === SVG;
  // Only where siblings have come, gone or moved does anyone need to be looked for.
  let keyed = null;
  let at = parent.firstChild;
  for (const tree of trees) {
    const key = typeof tree === 'string' ? undefined : tree.props.key;
    if (at && fits(at, tree)) {
      const node = at;
      at = at.nextSibling;
      keyed?.delete(key);
      patch(node, tree);
      continue;
    }
    keyed ??= key === undefined ? null : keyedFrom(at);
    const moved = key === undefined ? undefined : keyed.get(key);
    if (moved && moved.localName === tree.tag) {
      keyed.delete(key);
      parent.insertBefore(moved, at);
      patch(moved, tree);
    } else {
      parent.insertBefore(create(tree, svg), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Those of the siblings from here on that have a key. */
function keyedFrom(first) {
  const keyed = new Map();
  for (let node = first; node; node = node.nextSibling) {
    if (node.assayKey !== undefined) {
      keyed.set(node.assayKey, node);
    }
  }
  return keyed;
}

function patch(node, tree) {
  if (typeof tree === 'string') {
    if (node.data !== tree) {
      node.data = tree;
    }
    return;
  }
  if (node.assayTree === tree) {
    return;
  }
  node.assayTree = tree;
  patchProps(node, tree.props);
  if (!tree.props.own) {
    patchChildren(node, tree.children);
  }
}

function patchProps(node, props) {
  const before = node.assayProps ?? {};
  for (const name of Object.keys(before)) {
    if (!(name in props)) {
      set(node, name, undefined, before[name]);
    }
  }
  for (const [name, value] of Object.entries(props)) {
    if (before[name] !== value) {
      set(node, name, value, before[name]);
    }
  }
  node.assayProps = props;
}

function set(node, name, value, before) {
  if (name === 'key' || name === 'own') {
    return;
  }
  if (name === 'style') {
    const styles = value ?? {};
    for (const property of Object.keys(before ?? {})) {
      if (!(property in styles)) {
        node.style.removeProperty(property);
      }
    }
    for (const [property, text] of Object.entries(styles)) {
      if ((before ?? {})[property] !== text) {
        node.style.setProperty(property, text);
      }
    }
  } else if (name.startsWith('on')) {
    node[name] = value ?? null;
  } else if (name === 'value' || name === 'checked' || name === 'selected' || name === 'disabled' || name === 'open') {
    node[name] = value ?? false;
  } else if (value === undefined || value === null || value === false) {
    node.removeAttribute(name);
  } else {
    node.setAttribute(name, value === true ? '' : String(value));
  }
}
