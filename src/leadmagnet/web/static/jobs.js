// The table of jobs: rows change in place, search follows typing, what is selected is told.
import { fetchPart, keepLive, say } from './live.js';
import { morph } from './morph.js';
import { forgetNewer, holdBack, startNewer } from './newer.js';
import { tellTimes } from './times.js';

const LIST = 'leadmagnet.list';
const TYPING_MS = 250;
const table = () => document.getElementById('jobs');

const ids = (root) => [...root.querySelectorAll('tr[data-id]')].map((row) => row.dataset.id);

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
        forgetNewer();
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
  startNewer();
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
