// Turns one tree into another by the fewest changes: focus, selection, scrolling and open folds stay.

/** What the page itself says of an element, and the server does not know. */
const OWN = new Set(['open', 'class', 'title', 'data-more']);

/** Make `old` equal to `fresh`. */
export function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  // A time is told in the reader's own words already; it changes only if the moment does.
  const told = old.localName === 'time' && old.dateTime === fresh.dateTime;
  morphAttributes(old, fresh);
  if (!told) morphChildren(old, fresh);
}

function morphAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (name === 'open' || name === 'class') continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !OWN.has(name)) old.removeAttribute(name);
  }
  // Where the reader is belongs to the page, not to the server.
  const here = old.classList.contains('here');
  const wanted = `${fresh.getAttribute('class') ?? ''}${here ? ' here' : ''}`.trim();
  if ((old.getAttribute('class') ?? '') !== wanted) old.setAttribute('class', wanted);
}

function morphChildren(old, fresh) {
  const known = new Map([...old.children].filter((each) => each.id).map((each) => [each.id, each]));
  const wanted = new Set([...fresh.children].map((each) => each.id).filter(Boolean));
  for (const [id, each] of known) if (!wanted.has(id)) each.remove();
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const same = next.id ? known.get(next.id) : undefined;
    if (same) {
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      morph(same, next);
    } else if (at && !next.id && !at.id) {
      const after = at.nextSibling;
      morph(at, next);
      at = after;
    } else {
      old.insertBefore(next, at);
    }
  }
  while (at) {
    const after = at.nextSibling;
    at.remove();
    at = after;
  }
}
