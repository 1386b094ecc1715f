// Keys for everything that hands on the keyboard do often; `?` lists them.
import { copyText, toast } from './copy.js';

const rows = () => [...document.querySelectorAll('[data-row]')];
const opener = (row) => (row.matches('[data-open]') ? row : row.querySelector('[data-open]'));

/** Mark the row where the reader is. */
export function goTo(row) {
  for (const each of document.querySelectorAll('[data-row].here')) each.classList.remove('here');
  if (!row) return;
  row.classList.add('here');
  opener(row).focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
}

function move(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains('here'));
  const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))];
  goTo(next);
  next.dispatchEvent(new CustomEvent('moved-to', { bubbles: true }));
}

function copyId() {
  const id = document.querySelector('[data-job-id]')?.textContent ?? document.querySelector('tr.here')?.dataset.id;
  if (id) copyText(id, `Copied ${id}`);
}

const click = (selector) => document.querySelector(selector)?.click();

/** Follow the page's own link to a part of its job; in the table, go to that part of the marked job. */
function toPart(selector, part, { changes = false } = {}) {
  const table = document.querySelector('[data-rows]');
  if (!table) {
    click(selector);
    return;
  }
  const row = table.querySelector('tr.here');
  if (!row) toast('Choose a job first, with j or k.');
  else if (changes && !document.querySelector('[data-bulk]')) toast('Your role may look at jobs, not run them.');
  else if (changes && row.dataset.rest === undefined) toast('The job is still under way; cancel it first, or wait for its end.');
  else location.assign(`/jobs/${encodeURIComponent(row.dataset.id)}/${part}`);
}

/** Go to what filters the list: the status, and from there the rest. */
function toFilter() {
  const segments = document.querySelector('.segments');
  if (!segments) return;
  const next = segments.contains(document.activeElement) ? document.querySelector('.filters select') : null;
  (next ?? segments.querySelector('[aria-current]') ?? segments.querySelector('a')).focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  '/': () => document.querySelector('[data-search], [data-jump] input')?.focus(),
  n: () => click('.top a[href="/new"]'),
  f: toFilter,
  r: () => toPart('[data-rerun]', 'rerun', { changes: true }),
  m: () => toPart('[data-compare]', 'compare'),
  x: () => click('tr.here input[type="checkbox"]'),
  c: copyId,
  d: () => toPart('[data-deliverable]', 'deliverable'),
  g: () => click('.brand'),
  '+': () => document.dispatchEvent(new CustomEvent('zoom', { detail: 1 })),
  '-': () => document.dispatchEvent(new CustomEvent('zoom', { detail: -1 })),
  '?': () => document.getElementById('keys')?.showModal(),
  Escape: () => click('[data-close]'),
};

export function startKeys() {
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-keys]')) KEYS['?']();
  });
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input:not([type="checkbox"]), textarea, select');
    if (typing && event.key === 'Escape') typing.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
