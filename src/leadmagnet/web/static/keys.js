// Keys for everything that hands on the keyboard do often; `?` lists them.
import { copyText } from './copy.js';

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

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  '/': () => document.querySelector('[data-search], [data-jump] input')?.focus(),
  n: () => click('.top a[href="/new"]'),
  r: () => click('[data-rerun]'),
  m: () => click('[data-compare]'),
  x: () => click('tr.here input[type="checkbox"]'),
  c: copyId,
  d: () => click('[data-deliverable]'),
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
