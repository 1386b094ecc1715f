// A step beside the list: opened by a click, a key, or the browser's own way back.
import { fetchPart } from './live.js';
import { tellTimes } from './times.js';

const body = () => document.getElementById('body');
const side = () => document.getElementById('step');
const INDEX = /\/steps\/(\d+)$/;
let running;

function mark(index) {
  for (const each of document.querySelectorAll('[data-step].here')) each.classList.remove('here');
  for (const each of document.querySelectorAll(`.rows [data-step="${index}"], .axis [data-step="${index}"]`)) {
    each.classList.add('here');
  }
}

async function open(path) {
  running?.abort();
  running = new AbortController();
  body().classList.add('with-step');
  mark(path.match(INDEX)[1]);
  side().setAttribute('aria-busy', 'true');
  try {
    const part = await fetchPart(`/live${path}`, { signal: running.signal });
    side().replaceChildren(part.nodes);
    side().scrollTop = 0;
    tellTimes(side());
    if (matchMedia('(max-width: 1099px)').matches) side().scrollIntoView({ block: 'start' });
  } catch (error) {
    if (error.name === 'AbortError') return;
    const note = Object.assign(document.createElement('p'), { className: 'problem', textContent: `The step could not be fetched: ${error.message}` });
    side().replaceChildren(note);
  }
  side().removeAttribute('aria-busy');
}

function close() {
  body().classList.remove('with-step');
  side().replaceChildren();
  mark('none');
}

function go(path) {
  if (path !== location.pathname) history.pushState(null, '', path);
  if (INDEX.test(path)) open(path);
  else close();
}

async function showValue(link) {
  const section = link.closest('.value');
  section.setAttribute('aria-busy', 'true');
  try {
    const part = await fetchPart(link.dataset.value);
    section.replaceWith(part.element);
    history.replaceState(null, '', link.href);
    part.element.querySelector('a, pre')?.focus({ preventScroll: true });
  } catch {
    location.assign(link.href);
  }
}

const plain = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);

export function startPanel() {
  if (!side()) return;
  const shown = location.pathname.match(INDEX);
  if (shown) mark(shown[1]);
  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-step], [data-close], [data-value]');
    if (!link || !plain(event)) return;
    event.preventDefault();
    if (link.dataset.value) showValue(link);
    else go(link.getAttribute('href'));
  });
  document.addEventListener('moved-to', (event) => {
    const row = event.target.closest('[data-step]');
    if (row && body().classList.contains('with-step')) go(row.getAttribute('href'));
  });
  document.addEventListener('rows-changed', () => {
    const now = location.pathname.match(INDEX);
    if (now) mark(now[1]);
  });
  addEventListener('popstate', () => go(location.pathname));
}
