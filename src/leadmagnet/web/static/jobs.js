// The table of jobs: rows change in place, new ones wait while somebody is about to click, search follows typing.
import { fetchPart, keepLive, say } from './live.js';
import { morph } from './morph.js';
import { tellTimes } from './times.js';

const LIST = 'leadmagnet.list';
const TYPING_MS = 250;
const table = () => document.getElementById('jobs');

const ids = (root) => [...root.querySelectorAll('tr[data-id]')].map((row) => row.dataset.id);

/** Whether rows that move now would move away under somebody's hand or eye. */
function inUse(section) {
  return scrollY > 120 || section.matches(':hover') || section.contains(document.activeElement);
}

/** Keep new rows back while the table is in use; false if some wait. */
function holdBack(section, fresh) {
  const shown = new Set(ids(section));
  const added = shown.size ? ids(fresh).filter((id) => !shown.has(id)) : [];
  document.querySelector('.newer')?.remove();
  if (!added.length) return true;
  const many = `${added.length} new ${added.length === 1 ? 'job' : 'jobs'}`;
  say(many);
  if (!inUse(section)) {
    for (const id of added) fresh.querySelector(`#job-${CSS.escape(id)}`).classList.add('fresh');
    return true;
  }
  for (const id of added) fresh.querySelector(`#job-${CSS.escape(id)}`).remove();
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'newer small', textContent: `Show ${many}` });
  button.addEventListener('click', () => location.reload());
  section.before(button);
  return false;
}

function showState(name) {
  const place = document.querySelector('[data-live-state]');
  if (!place || place.dataset.state === name) return;
  place.dataset.state = name;
  place.textContent = name === 'live' ? 'live' : 'The service does not answer. What you see is from before; trying again.';
}

function follow(search) {
  let waiting;
  let running;
  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      running?.abort();
      running = new AbortController();
      const query = new URLSearchParams([...new FormData(search.form)].filter(([, value]) => value));
      try {
        const part = await fetchPart(`/live/jobs?${query}`, { signal: running.signal });
        morph(table(), part.element);
        tellTimes(table());
        history.replaceState(null, '', `/jobs${query.size ? `?${query}` : ''}`);
        sessionStorage.setItem(LIST, location.search);
        for (const link of document.querySelectorAll('.segments a')) {
          const address = new URL(link.href);
          if (search.value) address.searchParams.set('q', search.value);
          else address.searchParams.delete('q');
          link.href = address;
        }
        say(`${ids(table()).length} jobs`);
      } catch (error) {
        if (error.name !== 'AbortError') showState('lost');
      }
    }, TYPING_MS);
  });
}

/** How many jobs are selected; what can be done to them shows as soon as there is one. */
function tellPicked() {
  const bulk = document.querySelector('[data-bulk]');
  if (!bulk) return;
  const boxes = [...table().querySelectorAll('input[name="job"]')];
  const picked = boxes.filter((box) => box.checked).length;
  bulk.classList.toggle('any', picked > 0);
  bulk.querySelector('[data-picked]').textContent = `${picked} ${picked === 1 ? 'job' : 'jobs'} selected`;
  const all = table().querySelector('[data-pick-all]');
  if (!all) return;
  all.checked = picked > 0 && picked === boxes.length;
  all.indeterminate = picked > 0 && picked < boxes.length;
}

function startPicking() {
  table().addEventListener('change', ({ target }) => {
    if (target.matches('[data-pick-all]')) {
      for (const box of table().querySelectorAll('input[name="job"]')) box.checked = target.checked;
    }
    tellPicked();
  });
  document.addEventListener('rows-changed', tellPicked);
  tellPicked();
}

export function startJobs() {
  for (const back of document.querySelectorAll('[data-back]')) back.search = sessionStorage.getItem(LIST) ?? '';
  if (!table()) return;
  keepLive(table, { before: holdBack, state: showState, after: () => document.dispatchEvent(new Event('rows-changed')) });
  startPicking();
  const search = document.querySelector('[data-search]');
  if (search) follow(search);
  // What was done is told once, not again when the page is loaded anew.
  const address = new URL(location.href);
  if (address.searchParams.has('done')) {
    address.searchParams.delete('done');
    history.replaceState(null, '', address);
  }
  sessionStorage.setItem(LIST, location.search);
  document.addEventListener('click', (event) => {
    const row = event.target.closest('tr[data-row]');
    if (!row || event.target.closest('a, button, input, label, .pick') || String(getSelection())) return;
    row.querySelector('[data-open]').click();
  });
}
